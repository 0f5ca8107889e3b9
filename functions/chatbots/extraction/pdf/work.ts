import { ExtractionError } from "../extracted.ts";
import { pdfLooksMax, pdfPageLooksMax } from "../limits.ts";

let reading: Promise<void> | null = null;

/** A page takes some seconds at most; a reader that takes longer is gone with the request that it worked for. */
const pageMsMax = 20_000;

/**
 * How much work pdf.js may have with a document and with each of its pages. It looks at the clock before it reads a page
 * or a form that is drawn on it, and after each hundred operators; these looks are all that shows of its work from outside,
 * so they are counted while it reads a page. A limit by the clock itself would not hold: in workerd that stands still while
 * there is work, and a form that draws ten forms that draw ten forms lets no timer run. For the count pages are read one
 * at a time, of whatever document, which costs nothing on the one thread there is.
 */
export class Work {
  #looks = 0;

  /** What is read, or ExtractionError `too_large` once that is too much; whoever opened the document must close it then. */
  async during<T>(read: () => Promise<T>): Promise<T> {
    while (reading) await othersTurn(reading);
    const done = Promise.withResolvers<void>();
    reading = done.promise;
    try {
      return await this.#counted(read);
    } finally {
      if (reading === done.promise) reading = null;
      done.resolve();
    }
  }

  async #counted<T>(read: () => Promise<T>): Promise<T> {
    const { now } = Date;
    const exceeded = Promise.withResolvers<never>();
    let looks = 0;
    Date.now = () => {
      this.#looks += 1;
      if (++looks > pdfPageLooksMax || this.#looks > pdfLooksMax) exceeded.reject(tooMuch());
      return now();
    };
    try {
      return await Promise.race([read(), exceeded.promise]);
    } finally {
      Date.now = now;
    }
  }
}

async function othersTurn(turn: Promise<void>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const isGone = await Promise.race([
    turn.then(() => false),
    new Promise<boolean>((resolve) => {
      timer = setTimeout(resolve, pageMsMax, true);
    }),
  ]);
  clearTimeout(timer);
  if (isGone && reading === turn) reading = null;
}

const tooMuch = () =>
  new ExtractionError(
    "too_large",
    "The PDF's pages draw more than can be read, such as graphics made of graphics. Print it to a new PDF, or split it, and upload that.",
  );
