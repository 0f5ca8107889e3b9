import { copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import type Tesseract from "tesseract.js";

export type Read = { text: string; confidence: number };
export type Reader = { read(picture: Uint8Array): Promise<Read>; close(): Promise<void> };

const require = createRequire(import.meta.url);
/** Read with all at once, Thai comes out with Japanese letters strewn in. */
const languageSets = [
  ["tha", "eng"],
  ["jpn", "eng"],
];
/** Percent. In the wrong languages Tesseract is half as sure. */
const sureFrom = 85;

/** Tesseract, a worker thread a set of languages, started when first needed: of the sets that one holds of which it is surest. */
export function openReader(): Reader {
  const workers: Promise<Tesseract.Worker>[] = [];
  return {
    async read(picture) {
      let best = { text: "", confidence: 0 };
      for (const [i, languages] of languageSets.entries()) {
        workers[i] ??= startWorker(languages);
        const { data } = await (await workers[i]).recognize(Buffer.from(picture));
        if (data.confidence > best.confidence) best = data;
        if (best.confidence >= sureFrom) break;
      }
      return { text: withoutGaps(best.text), confidence: best.confidence / 100 };
    },
    async close() {
      await Promise.all(workers.map(async (worker) => (await worker).terminate()));
    },
  };
}

/** Tesseract wants the data of all languages in one directory; each comes in a package of its own. Nothing is downloaded. */
async function startWorker(languages: string[]): Promise<Tesseract.Worker> {
  const { createWorker, OEM } = (await import("tesseract.js")).default;
  const langPath = mkdtempSync(join(tmpdir(), "edgelore-tesseract-"));
  try {
    for (const language of languages) {
      const home = dirname(require.resolve(`@tesseract.js-data/${language}`));
      const name = `${language}.traineddata.gz`;
      copyFileSync(join(home, "4.0.0_best_int", name), join(langPath, name));
    }
    // A picture that cannot be read rejects its own promise; without a handler it would end the process too.
    const options = { langPath, cacheMethod: "none", errorHandler: () => undefined };
    const config = { user_defined_dpi: "300", debug_file: "/dev/null" };
    return await createWorker(languages, OEM.LSTM_ONLY, options, config as object);
  } finally {
    rmSync(langPath, { recursive: true });
  }
}

/** Tesseract sets words of one line as far apart as they stand, and Japanese ones apart, where nobody writes a space. */
const withoutGaps = (text: string) =>
  text
    .replace(/ +/g, " ")
    .replace(/(?<=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef]) (?=[\u3000-\u30ff\u3400-\u9fff\uff00-\uffef])/g, "")
    .trim();
