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
