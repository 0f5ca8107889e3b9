import { create, insertMultiple, type Orama, search } from "@orama/orama";
import { stopwords } from "@orama/stopwords/english";
import { type Engine, LIMIT } from "./engine.ts";
import { versionOf } from "./versions.ts";

const schema = { textId: "string", content: "string", vector: "vector[1024]" } as const;

/**
 * Hybrid mode as Orama's documentation shows it, with its English stemmer and stop words, both off by default. Its
 * default `similarity` of 0.8 drops nearly every neighbour of this encoder, so all are let in.
 */
export async function openOrama(): Promise<Engine> {
  const language = "english" as const;
  const tokenizer = { language, stemming: true, stopWords: stopwords };
  const db: Orama<typeof schema> = create({ schema, components: { tokenizer } });
  return {
    version: `@orama/orama ${versionOf("@orama/orama")}`,
    async index(entries) {
      await insertMultiple(
        db,
        entries.map(({ textId, content, vector }) => ({ textId, content, vector })),
      );
    },
    ways: [
      {
        name: "Orama, hybrid mode",
        settings: "stemming, its English stop words, `similarity` 0, weights ½ and ½ (its default); in memory",
        async search({ text, vector }) {
          const asked = { mode: "hybrid", term: text, vector: { value: vector, property: "vector" } } as const;
          const { hits } = await search(db, { ...asked, properties: ["content"], similarity: 0, limit: LIMIT });
          return { textIds: hits.map(({ document }) => document.textId) };
        },
      },
    ],
    bytes: async () => null,
    close: async () => {},
  };
}
