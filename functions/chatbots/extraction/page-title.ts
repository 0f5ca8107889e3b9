import { decodeText } from "./decode.ts";
import { extractHtml } from "./html.ts";

/** Where a page says its title, if it has one. */
const HEAD_BYTES = 65_536;

/** What an HTML page calls itself; null when it does not say, or is none. */
export const pageTitle = (bytes: Uint8Array): string | null =>
  extractHtml(decodeText(bytes.subarray(0, HEAD_BYTES)).text).title;
