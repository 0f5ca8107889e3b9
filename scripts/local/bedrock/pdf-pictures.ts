import { getResolvedPDFJS } from "unpdf";

type Matrix = [number, number, number, number, number, number];
type Image = { width: number; height: number; kind: number; data: Uint8Array; isMask: boolean };
type Placed = { image: Image; matrix: Matrix };
type PdfJs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
type Page = Awaited<ReturnType<Awaited<ReturnType<PdfJs["getDocument"]>["promise"]>["getPage"]>>;

/** Tesseract reads best what has some 300 dots an inch, and larger pages take long. */
const dotsPerPointMax = 300 / 72;
const sideMax = 4_000;

/**
 * A PDF's pages as pictures (PGM): its images as they lie on the page, in shades of grey. Letters that the PDF draws by
 * itself are not shown, which would take a canvas; a page without images gives no picture.
 */
export async function picturesOf(pdf: Uint8Array): Promise<Uint8Array[]> {
  const pdfjs = await getResolvedPDFJS();
  const task = pdfjs.getDocument({ data: Uint8Array.from(pdf), verbosity: 0, isOffscreenCanvasSupported: false });
  try {
    const document = await task.promise;
    const pictures: Uint8Array[] = [];
    for (let number = 1; number <= document.numPages; number++) {
      const page = await document.getPage(number);
      const images = await imagesOf(page, pdfjs);
      if (images.length > 0) pictures.push(drawn(page, images));
    }
    return pictures;
  } finally {
    await task.destroy();
  }
}

async function imagesOf(page: Page, { OPS }: PdfJs): Promise<Placed[]> {
  const { fnArray, argsArray } = await page.getOperatorList();
  const placed: Placed[] = [];
  const saved: Matrix[] = [];
  let matrix: Matrix = [1, 0, 0, 1, 0, 0];
  for (const [i, operator] of fnArray.entries()) {
    const args = (argsArray[i] ?? []) as unknown[];
    if (operator === OPS.save || operator === OPS.paintFormXObjectBegin) saved.push(matrix);
    if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) matrix = saved.pop() ?? matrix;
    if (operator === OPS.transform) matrix = product(matrix, args as unknown as Matrix);
    if (operator === OPS.paintFormXObjectBegin && args[0]) matrix = product(matrix, args[0] as Matrix);
    const isMask = operator === OPS.paintImageMaskXObject;
    if (!isMask && operator !== OPS.paintImageXObject && operator !== OPS.paintInlineImageXObject) continue;
    const image = await loaded(page, args[0]);
    if (image?.data) placed.push({ image: { ...image, isMask }, matrix });
  }
  return placed;
}

/** The image itself, or what its name stands for: of the page, or shared by several. */
async function loaded(page: Page, given: unknown): Promise<Image | null> {
  const named = typeof given === "string" ? given : (given as { data?: unknown }).data;
  if (typeof named !== "string") return given as Image;
  const objects = named.startsWith("g_") ? page.commonObjs : page.objs;
  return new Promise((resolve) => objects.get(named, resolve));
}

function drawn(page: Page, images: Placed[]): Uint8Array {
  const [left, bottom, right, top] = page.view as [number, number, number, number];
  const finest = Math.max(...images.map(({ image, matrix: [a, b] }) => image.width / (Math.hypot(a, b) || 1)));
  const scale = Math.min(finest, dotsPerPointMax, sideMax / Math.max(right - left, top - bottom));
  const viewport = page.getViewport({ scale });
  const [width, height] = [Math.ceil(viewport.width), Math.ceil(viewport.height)];
  const header = new TextEncoder().encode(`P5\n${width} ${height}\n255\n`);
  const picture = new Uint8Array(header.length + width * height).fill(255);
  picture.set(header);
  const canvas = { pixels: picture.subarray(header.length), width, height };
  for (const { image, matrix } of images) draw(canvas, image, product(viewport.transform as Matrix, matrix));
  return picture;
}

/** For each pixel of the canvas the image's pixel under it. The image is the unit square, its first row on top. */
function draw(canvas: { pixels: Uint8Array; width: number; height: number }, image: Image, matrix: Matrix): void {
  const [a, b, c, d, e, f] = matrix;
  const determinant = a * d - b * c;
  if (determinant === 0) return;
  const shadeAt = shades(image);
  const [xs, ys] = [
    [e, e + a, e + c, e + a + c],
    [f, f + b, f + d, f + b + d],
  ];
  const [fromX, toX] = [Math.max(0, Math.floor(Math.min(...xs))), Math.min(canvas.width, Math.ceil(Math.max(...xs)))];
  const [fromY, toY] = [Math.max(0, Math.floor(Math.min(...ys))), Math.min(canvas.height, Math.ceil(Math.max(...ys)))];
  for (let y = fromY; y < toY; y++) {
    for (let x = fromX; x < toX; x++) {
      const [dx, dy] = [x + 0.5 - e, y + 0.5 - f];
      const column = Math.floor(((d * dx - c * dy) / determinant) * image.width);
      const row = Math.floor((1 - (a * dy - b * dx) / determinant) * image.height);
      if (column < 0 || row < 0 || column >= image.width || row >= image.height) continue;
      const shade = shadeAt(column, row);
      if (!image.isMask || shade === 0) canvas.pixels[y * canvas.width + x] = shade;
    }
  }
}

/** pdf.js gives images as bits, as RGB or as RGBA. */
function shades({ width, kind, data, isMask }: Image): (x: number, y: number) => number {
  const grey = (at: number) => (0.299 * data[at]! + 0.587 * data[at + 1]! + 0.114 * data[at + 2]!) | 0;
  if (isMask || kind === 1) {
    const rowBytes = (width + 7) >> 3;
    return (x, y) => ((data[y * rowBytes + (x >> 3)]! >> (7 - (x & 7))) & 1) * 255;
  }
  if (kind === 2) return (x, y) => grey(3 * (y * width + x));
  return (x, y) => {
    const at = 4 * (y * width + x);
    return 255 - ((((255 - grey(at)) * data[at + 3]!) / 255) | 0);
  };
}

function product([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}
