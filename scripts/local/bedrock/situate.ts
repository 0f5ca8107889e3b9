import { rank } from "./extractive.ts";
import { type ConverseBody, textOf } from "./prompt.ts";
import { sentences } from "./sentences.ts";

type Passage = { document: string; text: string };

const documentBlock = /<document\b[^>]*>\n([\s\S]*)\n<\/document>/;
const passageBlock = /<passage\b[^>]*>\n([\s\S]*)\n<\/passage>/;
const headingCharsMax = 100;

/** The passage with its document, or undefined where the prompt asks for something else. */
export function readPassage({ messages }: ConverseBody): Passage | undefined {
  const prompt = textOf(messages.at(-1)!.content);
  const [document, text] = [documentBlock, passageBlock].map((block) => block.exec(prompt)?.[1]);
  return document === undefined || text === undefined ? undefined : { document, text };
}

/** Where a passage stands: how its document begins, and the sentence outside of the passage that shares most with it. */
export function situate({ document, text }: Passage): string {
  const [heading = ""] = sentences(document);
  const beyond = rank(text, undefined, [{ id: "", title: "", text: document }]).find(
    ({ sentence, score }) => score > 0 && sentence !== heading && !text.includes(sentence),
  );
  return [heading.slice(0, headingCharsMax), ...(beyond ? [beyond.sentence] : [])].join(": ");
}
