import { type ConverseBody, textOf } from "./prompt.ts";
import { sentences } from "./sentences.ts";

type Block = { tag: string; attributes: Record<string, string>; text: string };
type Passage = { title: string; relevance: number };
export type Complaint = {
  type: string;
  text: string;
  /** What more one should know. */
  context?: string;
  settings: { systemPrompt: string; scoreThreshold: number; retrievalK: number };
  question?: string;
  isRefused: boolean;
  passages: Passage[];
};

const blockOf = /<(chatbot|turn|passage|feedback|context)((?: \w+="[^"]*")*)>\n([\s\S]*?)\n<\/\1>/g;
/** Of a passage that is likely to answer. */
const relevantFrom = 0.3;

/** Feedback with what it is about, or undefined where the prompt asks for something else. */
export function readComplaint({ messages }: ConverseBody): Complaint | undefined {
  const blocks = [...textOf(messages.at(-1)!.content).matchAll(blockOf)].map(
    ([, tag, written, text]): Block => ({
      tag: tag!,
      attributes: Object.fromEntries(
        [...written!.matchAll(/(\w+)="([^"]*)"/g)].map(([, name, value]) => [name, value]),
      ),
      text: text!,
    }),
  );
  const of = (tag: string) => blocks.filter((block) => block.tag === tag);
  const [[feedback], [chatbot]] = [of("feedback"), of("chatbot")];
  if (!feedback || !chatbot) return undefined;
  const turns = of("turn");
  return {
    type: feedback.attributes.type!,
    text: feedback.text,
    context: of("context")[0]?.text,
    settings: JSON.parse(chatbot.text),
    question: turns.findLast(({ attributes }) => attributes.role === "user")?.text,
    isRefused: turns.at(-1)?.attributes.answered === "false",
    passages: of("passage").map(({ attributes: { title = "", relevance } }) => ({
      title,
      relevance: Number(relevance),
    })),
  };
}

/**
 * Rules of thumb over what the prompt holds: what was refused though a passage is near wants a lower threshold, what was refused with none
 * near a document; a right answer that is told becomes a curated one; what is incomplete wants more passages, a wrong tone another prompt.
 */
export function advise({ type, text, context, settings, question, isRefused, passages }: Complaint): string {
  const { systemPrompt, scoreThreshold, retrievalK } = settings;
  const [wish = text] = sentences(text);
  const suggestions: object[] = [];
  const best = Math.max(0, ...passages.map(({ relevance }) => relevance));
  if (isRefused && best >= relevantFrom && best < scoreThreshold)
    suggestions.push({
      type: "threshold",
      reason: `The nearest passage has a relevance of ${best}, less than the threshold of ${scoreThreshold}.`,
      change: { scoreThreshold: Math.floor(best * 90) / 100 },
    });
  if (isRefused && best < relevantFrom && question)
    suggestions.push({
      type: "missing_document",
      reason: "No passage is near to what was asked.",
      document: { title: question.slice(0, 100), about: question.slice(0, 500) },
    });
  if (context && question && (type === "accuracy" || isRefused))
    suggestions.push({
      type: "curated_answer",
      reason: "The right answer is known.",
      curatedAnswer: { question, answer: context },
    });
  if (type === "completeness" && retrievalK < 50)
    suggestions.push({
      type: "retrieval_k",
      reason: "More passages tell more.",
      change: { retrievalK: Math.min(50, retrievalK * 2) },
    });
  if (type === "tone" || suggestions.length === 0)
    suggestions.push({
      type: "prompt_edit",
      reason: "The prompt says nothing of it.",
      change: { systemPrompt: [systemPrompt, wish].filter(Boolean).join("\n") },
    });
  return JSON.stringify({ summary: wish, suggestions });
}
