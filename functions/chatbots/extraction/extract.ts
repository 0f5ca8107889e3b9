import { decodeText } from "./decode.ts";
import { detect } from "./detect.ts";
import { type Extracted, ExtractionError } from "./extracted.ts";
import { extractHtml } from "./html.ts";
import { extractImage } from "./image.ts";
import { extractJson } from "./json.ts";
import { documentSizeBytesMax, markdownCharsMax } from "./limits.ts";
import { extractMarkdown } from "./markdown.ts";
import { textBlocks } from "./text.ts";

export { type Block, type Extracted, ExtractionError } from "./extracted.ts";

type Hint = { mimeType?: string; filename?: string };

const formatsByExtension: Record<string, "text" | "markdown" | "html" | "json" | "pdf"> = {
  ...{ md: "markdown", markdown: "markdown", mdx: "markdown", mkd: "markdown" },
  ...{ json: "json", jsonl: "json", ndjson: "json" },
  ...{ html: "html", htm: "html", xhtml: "html", pdf: "pdf" },
  ...{
    txt: "text",
    text: "text",
    csv: "text",
    tsv: "text",
    log: "text",
    rst: "text",
    org: "text",
    xml: "text",
  },
};

/**
 * A file's text as blocks in reading order. The type is told from the bytes (25 MB at most, left as they are); the hint
 * decides only between plain text, Markdown and HTML fragments, which are all just text.
 * Throws ExtractionError, and nothing else, for a file that gives no text.
 */
export async function extract(bytes: Uint8Array, hint: Hint): Promise<Extracted> {
  if (bytes.length > documentSizeBytesMax) {
    const sizeMb = Math.ceil(bytes.length / 1024 / 1024);
    throw new ExtractionError(
      "too_large",
      `The file has ${sizeMb} MB; at most ${documentSizeBytesMax / 1024 / 1024} MB can be read. Split it into smaller files.`,
    );
  }
  if (bytes.length === 0) throw empty();
  const detected = detect(bytes);
  const hinted = hintedFormat(hint);
  if (detected.kind === "pdf") {
    // pdf.js is half a megabyte of code, which must not slow the start of a worker.
    const { extractPdf } = await import("./pdf.ts");
    return extractPdf(bytes);
  }
  if (detected.kind === "archive") return extractArchive(bytes);
  if (detected.kind === "encrypted")
    throw new ExtractionError(
      "encrypted",
      "The file needs a password. Save a copy without password protection and upload that.",
    );
  if (detected.kind === "image") return extractImage(bytes, detected.format);
  if (detected.kind === "unsupported") throw unsupported(detected.name, detected.isImage);
  if (detected.kind === "binary" && hinted === "pdf") {
    throw new ExtractionError(
      "damaged",
      "The file is named a PDF but its PDF header is missing, so it is damaged or something else. Export it again and upload the new file.",
    );
  }
  if (detected.kind === "binary") {
    throw new ExtractionError(
      "binary",
      "The file holds binary data, not text. Upload a PDF, an Office, EPUB, HTML, Markdown or text file, or a picture.",
    );
  }
  return extractText(bytes, hinted);
}

const unsupported = (name: string, isImage = false) =>
  new ExtractionError(
    "unsupported",
    `The file is ${name}, which cannot be read yet. Save it as ${isImage ? "PNG, JPEG or PDF" : "DOCX, XLSX, PPTX, PDF, HTML, Markdown or plain text"} and upload that.`,
  );

/** Office files and books are zip archives, told apart by the folders in them. */
async function extractArchive(bytes: Uint8Array): Promise<Extracted> {
  const { openArchive } = await import("./zip.ts");
  const { names } = await openArchive(bytes);
  const holds = (path: string) => names.some((name) => name.startsWith(path));
  if (holds("word/")) return (await import("./docx.ts")).extractDocx(bytes);
  if (holds("ppt/")) return (await import("./pptx.ts")).extractPptx(bytes);
  if (holds("xl/")) return (await import("./xlsx.ts")).extractXlsx(bytes);
  if (holds("META-INF/container.xml")) return (await import("./epub.ts")).extractEpub(bytes);
  if (holds("mimetype") && holds("content.xml")) throw unsupported("an OpenDocument file");
  throw new ExtractionError(
    "unsupported",
    "The file is an archive of other files. Unpack it and upload them one by one, or all at once.",
  );
}

function extractText(bytes: Uint8Array, hinted: ReturnType<typeof hintedFormat>): Extracted {
  const { text, warnings } = decodeText(bytes);
  if (!/\S/.test(text)) throw empty();
  if (hinted === "pdf") warnings.push("The file is named a PDF but holds plain text; it was read as such.");
  const json = hinted === "json" || hinted === null || hinted === "text" ? extractJson(text) : null;
  if (json) return { format: "json", pageCount: null, ...json, warnings: [...warnings, ...json.warnings] };
  let format = textFormat(text, hinted);
  if (format === "markdown" && text.length > markdownCharsMax) {
    format = "text";
    warnings.push(
      `The file is longer than ${markdownCharsMax / 1e6} million characters, so it was read as plain text, not as Markdown.`,
    );
  }
  const plain = { title: null, language: null, metadata: {} };
  const read =
    format === "html"
      ? extractHtml(text)
      : format === "markdown"
        ? extractMarkdown(text)
        : { ...plain, blocks: textBlocks(text) };
  if (read.blocks.length === 0) {
    throw new ExtractionError(
      "no_text",
      `The file is ${format === "html" ? "HTML" : format} without readable text: nothing is left once markup, scripts and hidden parts are taken away. If a script fills the page, save it from a browser or upload it as PDF.`,
    );
  }
  return { format, pageCount: null, warnings, ...read };
}

const empty = () => new ExtractionError("empty", "The file is empty. Check that it was saved and upload it again.");

function hintedFormat({ filename, mimeType }: Hint) {
  const extension = filename?.toLowerCase().match(/\.(\w+)$/)?.[1] ?? "";
  const byMime = mimeType?.match(/^(?:text|application)\/(?:x-)?(html|xhtml|json|markdown|pdf|plain|csv)/)?.[1] ?? "";
  const format = formatsByExtension[extension] ?? formatsByExtension[byMime];
  return format ?? (byMime === "plain" ? "text" : null);
}

function textFormat(text: string, hinted: ReturnType<typeof hintedFormat>): "text" | "markdown" | "html" {
  if (hinted === "json") return "text"; // it says so and is not
  const head = text.slice(0, 8_192);
  if (/^\s*(?:<\?xml[^>]*>\s*)?(?:<!--[\s\S]*?-->\s*)*<(?:!doctype html|html|head|body)\b/i.test(head)) return "html";
  if (hinted !== null && hinted !== "pdf") return hinted;
  if (/^\s*<(?:div|p|h[1-6]|table|article|section|main|ul|ol)\b/i.test(head) && /<\/\w+>/.test(head)) return "html";
  const marks =
    head.match(/^(?:#{1,6} \S|```|\|[ :-]+\||[-*] \S.*\[[^\]]+\]\()|\[[^\]\n]+\]\([^)\s]+\)/gm)?.length ?? 0;
  return marks >= 2 ? "markdown" : "text";
}
