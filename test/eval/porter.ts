/** Porter's stemmer of 1980, as Lucene has it; not Snowball's English one. Words of other than a to z are left as they are. */
export function porterStem(word: string): string {
  if (word.length < 3 || !/^[a-z]+$/.test(word)) return word;
  const known = stems.get(word);
  if (known !== undefined) return known;
  // A y at the start is a consonant; in capitals it is told apart.
  const stem = [plurals, pastAndGerund, finalY, doubleSuffixes, suffixes, bareSuffixes, finalE, finalL]
    .reduce((current, step) => step(current), word.replace(/^y/, "Y"))
    .toLowerCase();
  stems.set(word, stem);
  return stem;
}

const stems = new Map<string, string>();

const C = "[^aeiou][^aeiouy]*";
const V = "[aeiouy][aeiou]*";
const hasVowel = new RegExp(`^(${C})?[aeiouy]`);
/** The measure m counts the sequences VC in [C](VC)^m[V]. */
const isMeasureAbove0 = new RegExp(`^(${C})?${V}${C}`);
const isMeasure1 = new RegExp(`^(${C})?${V}${C}(${V})?$`);
const isMeasureAbove1 = new RegExp(`^(${C})?${V}${C}${V}${C}`);
const endsShort = new RegExp(`^${C}[aeiouy][^aeiouwxy]$`);

function plurals(word: string): string {
  if (/.(ss|i)es$/.test(word)) return word.slice(0, -2);
  return /.[^s]s$/.test(word) ? word.slice(0, -1) : word;
}

function pastAndGerund(word: string): string {
  const [, beforeEed] = word.match(/^(.+?)eed$/) ?? [];
  if (beforeEed !== undefined) return isMeasureAbove0.test(beforeEed) ? word.slice(0, -1) : word;
  const [, stem] = word.match(/^(.+?)(?:ed|ing)$/) ?? [];
  if (stem === undefined || !hasVowel.test(stem)) return word;
  if (/(?:at|bl|iz)$/.test(stem)) return `${stem}e`;
  if (/([^aeiouylsz])\1$/.test(stem)) return stem.slice(0, -1);
  return endsShort.test(stem) ? `${stem}e` : stem;
}

const finalY = (word: string) =>
  /.y$/.test(word) && hasVowel.test(word.slice(0, -1)) ? `${word.slice(0, -1)}i` : word;

const DOUBLE_SUFFIXES: Record<string, string> = {
  ...{ ational: "ate", tional: "tion", enci: "ence", anci: "ance", izer: "ize", bli: "ble", alli: "al", entli: "ent" },
  ...{ eli: "e", ousli: "ous", ization: "ize", ation: "ate", ator: "ate", alism: "al", iveness: "ive" },
  ...{ fulness: "ful", ousness: "ous", aliti: "al", iviti: "ive", biliti: "ble", logi: "log" },
};
const SUFFIXES: Record<string, string> = {
  ...{ icate: "ic", ative: "", alize: "al", iciti: "ic", ical: "ic", ful: "", ness: "" },
};

const doubleSuffixes = replacing(DOUBLE_SUFFIXES);
const suffixes = replacing(SUFFIXES);

function replacing(endings: Record<string, string>) {
  const pattern = new RegExp(`^(.+?)(${Object.keys(endings).join("|")})$`);
  return (word: string) => {
    const [, stem, ending] = word.match(pattern) ?? [];
    return stem !== undefined && isMeasureAbove0.test(stem) ? stem + endings[ending!] : word;
  };
}

const BARE = /^(.+?)(?:al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|ou|ism|ate|iti|ous|ive|ize)$/;

function bareSuffixes(word: string): string {
  const [, stem] = word.match(BARE) ?? word.match(/^(.+?[st])ion$/) ?? [];
  return stem !== undefined && isMeasureAbove1.test(stem) ? stem : word;
}

function finalE(word: string): string {
  if (!/.e$/.test(word)) return word;
  const stem = word.slice(0, -1);
  return isMeasureAbove1.test(stem) || (isMeasure1.test(stem) && !endsShort.test(stem)) ? stem : word;
}

const finalL = (word: string) => (word.endsWith("ll") && isMeasureAbove1.test(word) ? word.slice(0, -1) : word);
