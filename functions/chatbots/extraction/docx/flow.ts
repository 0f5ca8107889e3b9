import type { Block } from "../extracted.ts";
import type { Gathered } from "./gathered.ts";

/** Where blocks go one after another: the document, a table's cell, a text box or a note. */
export class Flow {
  readonly #blocks: Block[] = [];
  #items: string[] = [];
  #itemsPage: number | undefined;
  /** Notes, text boxes and drawings of the paragraph that is being read, and those of the list before. */
  #following: Block[] = [];
  #followingList: Block[] = [];
  /** A paragraph that goes on in the next one. */
  carried: { text: Gathered; page?: number } | null = null;

  add(block: Block) {
    this.#endList();
    this.#blocks.push(block);
  }

  /** Items that come one after another are one list on each page. */
  addItem(item: string, page: number | undefined) {
    if (this.#items.length > 0 && page !== this.#itemsPage) this.#endList();
    this.#items.push(item);
    this.#itemsPage = page;
  }

  /** A block that comes after the paragraph which is being read, or after its list. */
  follow(block: Block) {
    this.#following.push(block);
  }

  endParagraph() {
    if (this.#following.length === 0) return;
    const target = this.#items.length > 0 ? this.#followingList : this.#blocks;
    for (const block of this.#following) target.push(block);
    this.#following = [];
  }

  end(): Block[] {
    const rest = this.carried?.text.take().trim();
    if (rest) this.add({ kind: "paragraph", text: rest, page: this.carried?.page });
    this.endParagraph();
    this.#endList();
    return this.#blocks;
  }

  #endList() {
    if (this.#items.length === 0) return;
    this.#blocks.push({ kind: "list", text: this.#items.join("\n"), page: this.#itemsPage });
    for (const block of this.#followingList) this.#blocks.push(block);
    this.#items = [];
    this.#followingList = [];
  }
}
