/** The JSON array that a model wrote, also with a fence or words around it; undefined when there is none. */
export function jsonIn(text: string): unknown {
  const [from, to] = [text.indexOf("["), text.lastIndexOf("]")];
  if (from < 0 || to < from) return undefined;
  try {
    return JSON.parse(text.slice(from, to + 1));
  } catch {
    return undefined;
  }
}
