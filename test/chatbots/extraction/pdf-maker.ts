/** A text drawn at x, y (points from the lower left corner) in Helvetica, or Helvetica-Bold when bold. Latin-1 only. */
export type Drawn = { x: number; y: number; text: string; size?: number; bold?: boolean };

/** A minimal PDF 1.4 of A4 pages. A page without drawings has no text layer. `info` becomes its document information. */
export function makePdf(pages: Drawn[][], info: Record<string, string> = {}): Uint8Array {
  const objects: string[] = [];
  const kids = pages.map((_, i) => `${5 + 2 * i} 0 R`).join(" ");
  objects.push("<< /Type /Catalog /Pages 2 0 R >>");
  objects.push(`<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`);
  for (const font of ["Helvetica", "Helvetica-Bold"]) {
    objects.push(`<< /Type /Font /Subtype /Type1 /BaseFont /${font} /Encoding /WinAnsiEncoding >>`);
  }
  pages.forEach((page, i) => {
    const fonts = "/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >>";
    objects.push(`<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${fonts} /Contents ${6 + 2 * i} 0 R >>`);
    const content = page.map(drawing).join("\n");
    objects.push(`<< /Length ${content.length} >>\nstream\n${content}\nendstream`);
  });
  const entries = Object.entries(info).map(([key, value]) => `/${key} ${literal(value)}`);
  objects.push(`<< ${entries.join(" ")} >>`);
  return assembled(objects);
}

const literal = (text: string) => `(${text.replace(/[\\()]/g, "\\$&")})`;

const drawing = ({ x, y, text, size = 10, bold = false }: Drawn) =>
  `BT /${bold ? "F2" : "F1"} ${size} Tf ${x} ${y} Td ${literal(text)} Tj ET`;

function assembled(objects: string[]): Uint8Array {
  let file = "%PDF-1.4\n";
  const offsets = objects.map((object, i) => {
    const offset = file.length;
    file += `${i + 1} 0 obj\n${object}\nendobj\n`;
    return offset;
  });
  const table = offsets.map((offset) => `${String(offset).padStart(10, "0")} 00000 n \n`).join("");
  const trailer = `<< /Size ${objects.length + 1} /Root 1 0 R /Info ${objects.length} 0 R >>`;
  const xref = file.length;
  file += `xref\n0 ${objects.length + 1}\n0000000000 65535 f \n${table}trailer\n${trailer}\nstartxref\n${xref}\n%%EOF\n`;
  return Uint8Array.from(file, (char) => char.charCodeAt(0));
}

/** Pages of A4 of drawn text, or of a scan: a picture across the page, from its top, given as a PNG of 8-bit greys. */
export function makeScannedPdf(pages: (Drawn[] | Uint8Array)[]): Uint8Array {
  const kids = pages.map((_, i) => `${4 + 3 * i} 0 R`).join(" ");
  return assembled([
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${pages.length} >>`,
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    ...pages.flatMap((page, i) => {
      const [content, image] = [5 + 3 * i, 6 + 3 * i].map((number) => `${number} 0 R`);
      const resources = `/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 ${image} >> >>`;
      const { width, height, data } = page instanceof Uint8Array ? pngParts(page) : blank;
      const shown = page instanceof Uint8Array ? scan(width, height) : page.map(drawing).join("\n");
      const grey = `/Width ${width} /Height ${height} /ColorSpace /DeviceGray /BitsPerComponent 8`;
      const filter = `/Filter /FlateDecode /DecodeParms << /Predictor 15 /Columns ${width} >>`;
      return [
        `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${resources} /Contents ${content} >>`,
        `<< /Length ${shown.length} >>\nstream\n${shown}\nendstream`,
        `<< /Type /XObject /Subtype /Image ${grey} ${filter} /Length ${data.length} >>\nstream\n${data}\nendstream`,
      ];
    }),
    "<< >>",
  ]);
}

const blank = { width: 1, height: 1, data: "" };
const scan = (width: number, height: number) => picture(0, 842 - (595 * height) / width, 595, (595 * height) / width);

/** PDF packs pixels as PNG does, so that the data of one is the data of the other. */
function pngParts(png: Uint8Array) {
  const view = new DataView(png.buffer, png.byteOffset);
  const latin1 = (from: number, to: number) => Buffer.from(png.subarray(from, to)).toString("latin1");
  let data = "";
  for (let at = 8; at < png.length; at += 12 + view.getUint32(at))
    if (latin1(at + 4, at + 8) === "IDAT") data += latin1(at + 8, at + 8 + view.getUint32(at));
  return { width: view.getUint32(16), height: view.getUint32(20), data };
}

/** Lines of text one below the other, 12 points apart, from x, y downwards. */
export function column(x: number, y: number, lines: string[], size = 10): Drawn[] {
  return lines.map((text, i) => ({ x, y: y - 12 * i, text, size }));
}

/** A stream with its dictionary's entries. */
export const streamOf = (entries: string, data: Uint8Array | string) =>
  `<< ${entries} /Length ${data.length} >>\nstream\n${typeof data === "string" ? data : Buffer.from(data).toString("latin1")}\nendstream`;

/** A page of A4 whose content is the stream; the other objects count from 6, resources may name them. Its font is F1. */
export function makePdfOf(content: string, others: string[] = [], resources = ""): Uint8Array {
  const font = "/Font << /F1 3 0 R >>";
  return assembled([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
    "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
    `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << ${font} ${resources} >> /Contents 5 0 R >>`,
    content,
    ...others,
    "<< >>",
  ]);
}

/** A font that is not embedded: a character map that is not in the file, and the collection of its glyphs. */
export type CidFont = { encoding: string; ordering: "Japan1" | "GB1" | "CNS1" | "Korea1" | "Identity" };

/**
 * Pages of A4 from content streams. Their font is F1, whose glyphs are as wide as high but for the space; their picture,
 * one grey pixel, is Im1.
 */
export function makeCidPdf(contents: string[], { encoding, ordering }: CidFont): Uint8Array {
  const info = `/CIDSystemInfo << /Registry (Adobe) /Ordering (${ordering}) /Supplement 2 >>`;
  const pixel = "/Width 1 /Height 1 /ColorSpace /DeviceGray /BitsPerComponent 8";
  const resources = "/Resources << /Font << /F1 3 0 R >> /XObject << /Im1 5 0 R >> >>";
  const kids = contents.map((_, i) => `${6 + 2 * i} 0 R`).join(" ");
  return assembled([
    "<< /Type /Catalog /Pages 2 0 R >>",
    `<< /Type /Pages /Kids [${kids}] /Count ${contents.length} >>`,
    `<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /${encoding} /DescendantFonts [4 0 R] >>`,
    `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light ${info} /DW 1000 /W [1 [250] 32 [250]] >>`,
    `<< /Type /XObject /Subtype /Image ${pixel} /Length 1 >>\nstream\n\x80\nendstream`,
    ...contents.flatMap((content, i) => [
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] ${resources} /Contents ${7 + 2 * i} 0 R >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    ]),
    "<< >>",
  ]);
}

/** Draws codes of the font's character map, given in hexadecimal digits, or a text whose codes are UTF-16. */
export const coded = (x: number, y: number, digits: string, size = 10) =>
  `BT /F1 ${size} Tf ${x} ${y} Td <${digits}> Tj ET`;
export const utf16 = (x: number, y: number, text: string, size = 10) =>
  coded(x, y, Array.from({ length: text.length }, (_, i) => hexOf(text.charCodeAt(i))).join(""), size);

const hexOf = (code: number) => code.toString(16).padStart(4, "0");

/** Draws the picture over a part of the page. */
export const picture = (x: number, y: number, width: number, height: number) =>
  `q ${width} 0 0 ${height} ${x} ${y} cm /Im1 Do Q`;
