import type { Citation } from "../../../db/json.ts";
import type { Chatbot } from "../../../db/queries/chatbots/chatbot.ts";
import { NO_USAGE, type Usage } from "../../kernel/ai/converse.ts";
import { LIMITS } from "../../kernel/limits.ts";
import type { AnswerEvent } from "./respond.ts";

/** What has been said, and what it took. Where topics are blocked nothing is told before all of it was looked at. */
export class Saying {
  content = "";
  citations: readonly Citation[] = [];
  usage: Usage = NO_USAGE;
  model: string | null;
  isCut = false;
  isFull = false;
  private readonly charsMax: number;
  private readonly isHeld: boolean;

  constructor({ llmModel, safety }: Chatbot) {
    this.model = llmModel;
    this.charsMax = safety.answerCharsMax ?? LIMITS.answerCharsMax;
    this.isHeld = (safety.blockedTopics ?? []).length > 0;
  }

  get hasSaid() {
    return this.content.trim() !== "";
  }

  add(usage: Usage) {
    const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens } = this.usage;
    this.usage = {
      inputTokens: inputTokens + usage.inputTokens,
      outputTokens: outputTokens + usage.outputTokens,
      cacheReadTokens: cacheReadTokens + usage.cacheReadTokens,
      cacheWriteTokens: cacheWriteTokens + usage.cacheWriteTokens,
    };
  }

  *say(text: string, citations: readonly Citation[]): Generator<AnswerEvent> {
    const told = this.fitting(text);
    if (!told) return;
    this.content += told;
    this.citations = this.isFull
      ? citations.filter(({ marker, quote }) => this.content.includes(`${quote} [${marker}]`))
      : [...citations];
    if (!this.isHeld) yield { type: "delta", text: told, citations: this.citations };
  }

  /** As much as there is room for, to the end of a word. */
  private fitting(text: string): string {
    const room = this.charsMax - this.content.length;
    if (text.length <= room) return text;
    this.isFull = true;
    this.isCut = true;
    const cut = text.slice(0, room);
    const end = cut.search(/\s\S*$/);
    return (end > 0 ? cut.slice(0, end) : cut).toWellFormed();
  }

  /** Tells what was held back, where anything was. */
  *release(): Generator<AnswerEvent> {
    if (this.isHeld && this.content) yield { type: "delta", text: this.content, citations: this.citations };
  }

  /** In the place of what was held back; what was told stands. */
  *refuse(text: string): Generator<AnswerEvent> {
    this.content = this.isHeld ? text : this.content + text;
    this.citations = [];
    yield { type: "delta", text, citations: [] };
  }
}
