const roman: [number, string][] = [
  ...([
    [1000, "m"],
    [900, "cm"],
    [500, "d"],
    [400, "cd"],
    [100, "c"],
    [90, "xc"],
  ] as [number, string][]),
  ...([
    [50, "l"],
    [40, "xl"],
    [10, "x"],
    [9, "ix"],
    [5, "v"],
    [4, "iv"],
    [1, "i"],
  ] as [number, string][]),
];
/** Formats that count with letters, or with words of one character. */
const alphabets = new Map(
  Object.entries({
    lowerLetter: "abcdefghijklmnopqrstuvwxyz",
    upperLetter: "ABCDEFGHIJKLMNOPQRSTUVWXYZ",
    thaiLetters: "กขคงจฉชซฌญฎฏฐฑฒณดตถทธนบปผฝพฟภมยรลวศษสหฬอฮ",
    aiueo: "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワヲン",
    iroha: "イロハニホヘトチリヌルヲワカヨタレソツネナラムウヰノオクヤマケフコエテアサキユメミシヱヒモセスン",
    ideographTraditional: "甲乙丙丁戊己庚辛壬癸",
    ganada: "가나다라마바사아자차카타파하",
    russianLower: "абвгдежзиклмнопрстуфхцчшщыэюя",
    russianUpper: "АБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЫЭЮЯ",
    hebrew2: "אבגדהוזחטיכלמנסעפצקרשת",
    arabicAlpha: "أبتثجحخدذرزسشصضطظعغفقكلمنهوي",
    decimalEnclosedCircle: "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
    decimalEnclosedCircleChinese: "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳",
  }),
);
/** The zero of other scripts' digits. */
const zeros = new Map(
  Object.entries({
    thaiNumbers: 0x0e50,
    hindiNumbers: 0x0966,
    decimalFullWidth: 0xff10,
    decimalFullWidth2: 0xff10,
  }),
);
const ideographic =
  /^(?:japaneseCounting|japaneseDigitalTenThousand|ideographDigital|chineseCounting|chineseCountingThousand|taiwaneseCounting|taiwaneseCountingThousand|koreanDigital2)$/;
const ideographs = "〇一二三四五六七八九";

/** A number as a list shows it in one of Word's formats; in digits when the format is unknown or does not reach so far. */
export function formatNumber(number: number, format: string): string {
  const alphabet = alphabets.get(format.replace(/FullWidth$/, ""));
  if (alphabet && number >= 1 && number <= alphabet.length * 10) {
    return alphabet[(number - 1) % alphabet.length]!.repeat(Math.ceil(number / alphabet.length));
  }
  if (/^(?:lower|upper)Roman$/.test(format) && number >= 1 && number < 4_000) {
    return format === "upperRoman" ? toRoman(number).toUpperCase() : toRoman(number);
  }
  if (ideographic.test(format) && number >= 0 && number < 100) return toIdeographs(number);
  const zero = zeros.get(format);
  if (zero) return String(number).replace(/\d/g, (digit) => String.fromCharCode(zero + Number(digit)));
  return format === "decimalZero" ? String(number).padStart(2, "0") : String(number);
}

/** In lower case, for 1 to 3999. */
export function toRoman(number: number): string {
  let left = number;
  let text = "";
  for (const [value, letters] of roman) {
    for (; left >= value; left -= value) text += letters;
  }
  return text;
}

function toIdeographs(number: number): string {
  const [tens, ones] = [Math.floor(number / 10), number % 10];
  if (tens === 0) return ideographs[ones]!;
  return `${tens > 1 ? ideographs[tens] : ""}十${ones > 0 ? ideographs[ones] : ""}`;
}
