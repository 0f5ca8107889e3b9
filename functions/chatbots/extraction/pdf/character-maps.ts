type Collection = "cns1" | "gb1" | "japan1" | "korea1";

/** The character maps that a PDF may name without carrying them, by the collection of glyphs that they belong to. */
const namesOf: Record<Collection, RegExp> = {
  cns1: /^(?:Adobe-CNS1|B5|CNS|ET|HK|UniCNS)/,
  gb1: /^(?:Adobe-GB1|GB|UniGB)/,
  japan1: /^(?:Adobe-Japan1|UniJIS|78|83pv|90|Add|EUC|Ext|[HV]$|Hankaku|Hiragana|Katakana|NWP|RKSJ|Roman|WP-Symbol)/,
  korea1: /^(?:Adobe-Korea1|KSC|UniKS)/,
};

/** Up to half a megabyte each, and most PDFs need none: read when a PDF first names a map of the collection. */
const mapsOf: Record<Collection, () => Promise<{ maps: Record<string, string> }>> = {
  cns1: () => import("./character-maps/cns1.ts"),
  gb1: () => import("./character-maps/gb1.ts"),
  japan1: () => import("./character-maps/japan1.ts"),
  korea1: () => import("./character-maps/korea1.ts"),
};

export function collectionOf(map: string): Collection | null {
  const collections = Object.keys(namesOf) as Collection[];
  return collections.find((collection) => namesOf[collection].test(map)) ?? null;
}

/**
 * What pdf.js asks for by name while it reads: character maps of East Asian fonts in its own packed format. Fonts and
 * decoders of images are refused, as no text comes of them.
 */
export class BundledMaps {
  async fetch({ kind, filename }: { kind: string; filename: string }): Promise<Uint8Array> {
    const name = filename.replace(/\.bcmap$/, "");
    const collection = kind === "cMapUrl" ? collectionOf(name) : null;
    const map = collection && (await mapsOf[collection]()).maps[name];
    if (!map) throw new Error(`${filename} is not bundled`);
    return Uint8Array.from(atob(map), (char) => char.charCodeAt(0));
  }
}
