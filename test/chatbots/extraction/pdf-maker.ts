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

/** Lines of text one below the other, 12 points apart, from x, y downwards. */
export function column(x: number, y: number, lines: string[], size = 10): Drawn[] {
  return lines.map((text, i) => ({ x, y: y - 12 * i, text, size }));
}

/** One page with a text in UTF-16 in a font that is not embedded and whose character map `encoding` is not in the file. */
export function makeJapanesePdf(text: string, encoding = "UniJIS-UTF16-H"): Uint8Array {
  const digits = [...text].map((char) => char.charCodeAt(0).toString(16).padStart(4, "0")).join("");
  const content = `BT /F1 12 Tf 72 700 Td <${digits}> Tj ET`;
  const info = "/CIDSystemInfo << /Registry (Adobe) /Ordering (Japan1) /Supplement 2 >>";
  return assembled([
    "<< /Type /Catalog /Pages 2 0 R >>",
    "<< /Type /Pages /Kids [5 0 R] /Count 1 >>",
    `<< /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /${encoding} /DescendantFonts [4 0 R] >>`,
    `<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light ${info} /DW 1000 >>`,
    "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 3 0 R >> >> /Contents 6 0 R >>",
    `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
    "<< >>",
  ]);
}
