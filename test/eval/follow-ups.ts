import { leansOnHistory } from "../../functions/chatbots/answer/rewrite.ts";
import { openEmbedder } from "../../scripts/local/bedrock/embedding.ts";
import { standAlone } from "../../scripts/local/bedrock/rewrite.ts";
import { type BeirQuery, readBeir } from "./beir.ts";
import { openOffline, type Scores } from "./offline.ts";

/**
 * What a question of a conversation is best searched with: `node test/eval/follow-ups.ts DIR…` prints recall@5 of the ways for the questions
 * that were not the first of their conversation, by words and with meaning (`--words` leaves that out). As `fusion.ts`, without worker and
 * database; `npm run eval -- --turns` asks a chatbot.
 */

const FOUND = 5;
const DIMENSIONS = 1_024;
const CACHE = ".local/eval-embeddings";
/** As the search weighs them. */
const LEXICAL_SHARE = 0.75;
const EARLIER_WEIGHT = 0.3;
const EARLIER_MAX = 2;

type Asked = { query: string; earlier: string[] };

/** The ways, of a question and the ones before it; undefined: the set does not say how. */
const WAYS: Record<string, (query: BeirQuery, before: string[]) => Asked | undefined> = {
  "the last question alone": ({ text }) => ({ query: text, earlier: [] }),
  "with the two before it, always": ({ text }, before) => ({ query: text, earlier: before }),
  "with the two before it, where it leans": ({ text }, before) => ({ query: text, earlier: leaning(text, before) }),
  "rewritten by the stand-in, where it leans": ({ text }, before) =>
    leans(text) ? rewritten(text, standAlone({ question: text, asked: before }), before) : { query: text, earlier: [] },
  "rewritten by people, where it leans": ({ text, rewrite }, before) =>
    rewrite === undefined ? undefined : leans(text) ? rewritten(text, rewrite, before) : { query: text, earlier: [] },
};

const leans = (text: string) => leansOnHistory(text, "en");
const lastOf = (before: readonly string[]) => before.slice(-EARLIER_MAX);
const leaning = (text: string, before: readonly string[]) => (leans(text) ? lastOf(before) : []);
const plain = (text: string) => text.replace(/\s+/g, " ").trim();
/** One that stays as it is goes with those before it. */
const rewritten = (text: string, query: string, before: readonly string[]): Asked =>
  plain(query) === plain(text) ? { query: text, earlier: lastOf(before) } : { query, earlier: [] };

async function measure(directory: string, hasMeaning: boolean): Promise<void> {
  const set = await readBeir(directory);
  const embedder = openEmbedder({ embeddings: hasMeaning ? "sentences" : "hashing", cacheDirectory: CACHE });
  const offline = await openOffline(set, (text) => embedder.embed(text, DIMENSIONS));
  const queries = set.queries.filter(({ history = [] }) => history.length > 0);
  const ask = (text: string): Promise<Scores> => offline.ask({ id: "", text });

  async function documentsFor({ query, earlier }: Asked): Promise<string[]> {
    const own = await ask(query);
    const others = await Promise.all(earlier.map(ask));
    const bound = own.bound + others.reduce((sum, other) => sum + EARLIER_WEIGHT * other.bound, 0);
    const { vector } = earlier.length > 0 && hasMeaning ? await ask([...earlier, query].join("\n")) : own;
    const scores = own.lexical.map((score, at) => {
      const words = others.reduce(
        (sum, other) => sum + EARLIER_WEIGHT * other.lexical[at]! * other.bound,
        score * own.bound,
      );
      const lexical = bound > 0 ? words / bound : 0;
      return hasMeaning ? LEXICAL_SHARE * lexical + (1 - LEXICAL_SHARE) * Math.max(0, vector[at]!) : lexical;
    });
    const order = [...own.chunks.keys()].sort((a, b) => scores[b]! - scores[a]!);
    return [...new Set(order.slice(0, 20 * FOUND).map((at) => offline.documentOf(own.chunks[at]!)))].slice(0, FOUND);
  }

  console.log(
    `${directory}: ${queries.length} follow-ups, ${queries.filter(({ text }) => leans(text)).length} of which lean`,
  );
  for (const [name, way] of Object.entries(WAYS)) {
    let sum = 0;
    let count = 0;
    for (const query of queries) {
      const before = query.history!.filter(({ role }) => role === "user").map(({ content }) => content);
      const asked = way(query, before);
      if (!asked) continue;
      const relevant = set.judgments.get(query.id)!;
      const found = await documentsFor({ ...asked, earlier: lastOf(asked.earlier) });
      sum += found.filter((document) => relevant.has(document)).length / relevant.size;
      count += 1;
    }
    if (count > 0) console.log(`  ${name.padEnd(42)} ${(sum / count).toFixed(4)}`);
  }
  await embedder.close();
}

const args = process.argv.slice(2);
for (const directory of args.filter((arg) => !arg.startsWith("--")))
  await measure(directory, !args.includes("--words"));
