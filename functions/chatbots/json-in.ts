const EDGES = { array: ["[", "]"], object: ["{", "}"] } as const;

/** The JSON that a model wrote, also with a fence or words around it; undefined when there is none. */
export function jsonIn(text: string, kind: keyof typeof EDGES): unknown {
  const [opening, closing] = EDGES[kind];
  const [from, to] = [text.indexOf(opening), text.lastIndexOf(closing)];
  if (from < 0 || to < from) return undefined;
  try {
    const written = text.slice(from, to + 1);
    return JSON.parse(written, (_, value) => (typeof value === "string" ? value.toWellFormed() : value));
  } catch {
    return undefined;
  }
}
