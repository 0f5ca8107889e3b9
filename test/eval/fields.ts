import { LIMITS } from "../../functions/kernel/limits.ts";
import type { BeirDocument } from "./beir.ts";

export type Upload = { title: string; text: string };

/** Has no word, so it changes no ranking: a document must have a title, a set's documents need not. */
const NO_TITLE = "-";
/** Room for the other fields of the body. */
const BODY_BYTES = LIMITS.jsonBodyBytesMax - 5_000;

/** A set's document as documents of the API: none if it says nothing, several if it is too long for one. */
export function uploadsOf({ title, text }: Pick<BeirDocument, "title" | "text">): Upload[] {
  const [name, body] = [storable(title), storable(text)];
  if (!name.trim()) return partsOf(body).map((part) => ({ title: NO_TITLE, text: part }));
  if (!body.trim()) return partsOf(name).map((part) => ({ title: NO_TITLE, text: part }));
  const isLong = name.length > LIMITS.nameCharsMax;
  const whole = isLong ? `${name}\n\n${body}` : body;
  return partsOf(whole).map((part) => ({ title: isLong ? NO_TITLE : name, text: part }));
}

const storable = (text: string) => text.replaceAll("\0", " ").toWellFormed();

function partsOf(text: string): string[] {
  if (text.trim() === "") return [];
  if (text.length <= LIMITS.documentTextCharsMax && Buffer.byteLength(JSON.stringify(text)) <= BODY_BYTES)
    return [text];
  const middle = text.lastIndexOf(" ", text.length / 2);
  const cut = middle > text.length / 4 ? middle : Math.floor(text.length / 2);
  return [...partsOf(text.slice(0, cut).toWellFormed()), ...partsOf(text.slice(cut).toWellFormed())];
}
