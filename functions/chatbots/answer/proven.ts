import type { Viewer } from "../../../db/corpora.ts";
import { chunksStanding } from "../../../db/queries/chatbots/turn.ts";
import type { Ctx } from "../../kernel/context.ts";
import { describe } from "../../kernel/errors.ts";
import { LIMITS } from "../../kernel/limits.ts";
import { log } from "../../kernel/log.ts";
import { LinkFilter } from "./links.ts";
import { QuoteFilter, type Source } from "./quotes.ts";

/** Quotes that stand in what the sources say now, and addresses that stand in what the model was shown. */
export class Proven {
  readonly quotes: QuoteFilter;
  readonly links: LinkFilter;
  private readonly ctx: Ctx;
  private readonly chunkIds: string[];
  private readonly viewer: Viewer;
  private looked: { atMs: number; done: Promise<void> } | undefined;

  constructor(ctx: Ctx, sources: readonly Source[], viewer: Viewer, systemPrompt: string) {
    this.ctx = ctx;
    this.viewer = viewer;
    this.chunkIds = sources.flatMap(({ chunkId }) => chunkId ?? []);
    this.quotes = new QuoteFilter(sources);
    this.links = new LinkFilter([systemPrompt, ...sources.flatMap(({ title, content }) => [title, content])]);
  }

  get citations() {
    return this.quotes.citations;
  }

  async push(piece: string): Promise<string> {
    const looking = this.look();
    if (piece.includes(">")) await looking; // which may end a quote
    return this.links.push(this.quotes.push(piece));
  }

  async end(): Promise<string> {
    return this.links.push(this.quotes.end()) + this.links.end();
  }

  /** Asks, while the model goes on, whether the sources still stand, unless that is known of a moment ago. */
  private look(): Promise<void> {
    if (this.chunkIds.length === 0) return Promise.resolve(); // files stand as long as their question does
    const atMs = performance.now();
    if (this.looked && atMs - this.looked.atMs < LIMITS.sourcesFreshMs) return this.looked.done;
    const done = chunksStanding(this.ctx, this.chunkIds, this.viewer).then(
      (standing) => {
        this.quotes.standing = standing;
      },
      // What was found a moment ago is what is known, as long as nothing else is.
      (error) =>
        log("warn", "sources were not looked at again", { requestId: this.ctx.requestId, error: describe(error) }),
    );
    this.looked = { atMs, done };
    return done;
  }
}
