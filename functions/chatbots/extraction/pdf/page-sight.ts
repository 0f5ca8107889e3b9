import type { getResolvedPDFJS } from "unpdf";

type PdfJs = Awaited<ReturnType<typeof getResolvedPDFJS>>;
type Page = Awaited<ReturnType<Awaited<ReturnType<PdfJs["getDocument"]>["promise"]>["getPage"]>>;
type Matrix = [number, number, number, number, number, number];
type Operators = { fnArray: number[]; argsArray: unknown[][] };

/** What a page shows besides the text that was read; the share is of the page's area. */
export type PageSight = { pictureShare: number; filledShapes: number; textsWithoutGlyphs: number };

/**
 * What a page of a document shows that was opened with `maxImageSize: 0`: no image is decoded then, nor named among the
 * operators; a picture shows by the unit square, in which it would be drawn, being stretched over part of the page.
 */
export async function sightOf(page: Page, { OPS }: Pick<PdfJs, "OPS">): Promise<PageSight> {
  const canvas = new Canvas(page.view);
  const sight: PageSight = { pictureShare: 0, filledShapes: 0, textsWithoutGlyphs: 0 };
  const fills = new Set([OPS.fill, OPS.eoFill, OPS.fillStroke, OPS.eoFillStroke, OPS.closeFillStroke]);
  for await (const { fnArray, argsArray } of operatorsOf(page)) {
    fnArray.forEach((operator, i) => {
      const args = argsArray[i] ?? [];
      if (operator === OPS.save) canvas.save();
      else if (operator === OPS.restore || operator === OPS.paintFormXObjectEnd) canvas.restore();
      else if (operator === OPS.transform) canvas.stretch(args as Matrix);
      else if (operator === OPS.paintFormXObjectBegin) canvas.save(args[0] as Matrix | null);
      else if (operator === OPS.constructPath && fills.has(args[0] as number)) sight.filledShapes += 1;
      else if (operator === OPS.showText && (args[0] as unknown[]).length === 0) sight.textsWithoutGlyphs += 1;
    });
  }
  canvas.finish();
  return { ...sight, pictureShare: Math.min(1, canvas.stretchedShare) };
}

/** pdf.js's own way to its operators piece by piece; `getOperatorList` would hold those of a large map all at once. */
function operatorsOf(page: Page): ReadableStream<Operators> {
  const { _transport, _pageIndex } = page as unknown as {
    _transport: { messageHandler: { sendWithStream(action: string, data: object): ReadableStream<Operators> } };
    _pageIndex: number;
  };
  return _transport.messageHandler.sendWithStream("GetOperatorList", {
    ...{ pageId: _pageIndex, pageIndex: _pageIndex, cacheKey: "sight", annotationStorage: null, modifiedIds: null },
    intent: intents.display + intents.withoutAnnotations + intents.operatorList,
  });
}

const intents = { display: 2, withoutAnnotations: 64, operatorList: 256 };

/** Follows how the unit square lies on the page. */
class Canvas {
  stretchedShare = 0;
  readonly #view: number[];
  readonly #saved: { matrix: Matrix; isStretched: boolean }[] = [];
  #matrix: Matrix = [1, 0, 0, 1, 0, 0];
  #isStretched = false;

  constructor(view: number[]) {
    this.#view = view;
  }

  save(matrix: Matrix | null = null) {
    this.#saved.push({ matrix: this.#matrix, isStretched: this.#isStretched });
    this.#isStretched = false;
    if (matrix) this.#matrix = product(this.#matrix, matrix);
  }

  stretch(matrix: Matrix) {
    this.#matrix = product(this.#matrix, matrix);
    this.#isStretched = true;
  }

  restore() {
    this.finish();
    const saved = this.#saved.pop();
    this.#matrix = saved?.matrix ?? this.#matrix;
    this.#isStretched = saved?.isStretched ?? false;
  }

  finish() {
    if (this.#isStretched) this.stretchedShare += this.#share();
  }

  #share(): number {
    const [a, b, c, d, e, f] = this.#matrix;
    const [left, bottom, right, top] = this.#view as [number, number, number, number];
    const [xs, ys] = [
      [e, e + a, e + c, e + a + c],
      [f, f + b, f + d, f + b + d],
    ];
    const width = Math.min(right, Math.max(...xs)) - Math.max(left, Math.min(...xs));
    const height = Math.min(top, Math.max(...ys)) - Math.max(bottom, Math.min(...ys));
    return (Math.max(0, width) * Math.max(0, height)) / ((right - left) * (top - bottom));
  }
}

function product([a, b, c, d, e, f]: Matrix, [g, h, i, j, k, l]: Matrix): Matrix {
  return [a * g + c * h, b * g + d * h, a * i + c * j, b * i + d * j, a * k + c * l + e, b * k + d * l + f];
}
