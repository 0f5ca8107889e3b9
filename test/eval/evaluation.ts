import { createClient } from "../../scripts/client/client.ts";
import type { Stack } from "../../scripts/local/stack.ts";
import { MODES, searchAll } from "./ask.ts";
import type { BeirSet } from "./beir.ts";
import { loadDocuments } from "./load.ts";
import { evaluate, type Figures } from "./metrics.ts";
import { makeScratchOrganization } from "./organization.ts";
import { referenceRun } from "./reference.ts";

export const SIDES = [...MODES, "reference"] as const;
export type Evaluation = Record<(typeof SIDES)[number], Figures>;
type Options = { isPrefixed: boolean; isKept: boolean; signal: AbortSignal; say: (line: string) => void };

/** Loads a set by the public API, asks all its questions in each mode, and counts; `missing` says what could not be loaded. */
export async function evaluateSet(stack: Stack, set: BeirSet, { isPrefixed, isKept, signal, say }: Options) {
  const organization = await makeScratchOrganization(stack);
  try {
    const client = createClient({ url: stack.url, key: organization.key });
    if (isPrefixed) {
      const settings = { chunkTokens: 512, overlapTokens: 0, chunkType: null, contextualPrefix: true };
      await client.request("PUT", "/v1/chunking-settings/other", settings, { signal });
    }
    const loaded = await loadDocuments(client, set.documents, signal);
    for (const [reason, count] of loaded.missing)
      say(`${count} of ${set.documents.length} documents are not searched. ${reason}`);
    const figures: Partial<Evaluation> = {};
    for (const mode of MODES)
      figures[mode] = evaluate(await searchAll(client, mode, set.queries, loaded, signal), set.judgments);
    figures.reference = evaluate(referenceRun(set.documents, set.queries), set.judgments);
    return figures as Evaluation;
  } finally {
    // A database that is not kept ends with this process.
    if (isKept) await organization.remove();
  }
}
