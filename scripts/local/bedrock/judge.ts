import { type ConverseBody, textOf } from "./prompt.ts";
import { normalize, terms } from "./words.ts";

type Case = { answer: string; facts: { id: number; text: string }[] };

const answerBlock = /<answer>\n([\s\S]*?)\n<\/answer>/;
const factBlocks = /<fact id="(\d+)">\n([\s\S]*?)\n<\/fact>/g;
const holdsFrom = 0.6;

/** An answer with the facts that it is judged by, or undefined where the prompt asks for something else. */
export function readCase({ messages }: ConverseBody): Case | undefined {
  const prompt = textOf(messages.at(-1)!.content);
  const answer = answerBlock.exec(prompt)?.[1];
  const facts = [...prompt.matchAll(factBlocks)].map(([, id, text = ""]) => ({ id: Number(id), text }));
  return answer === undefined || facts.length === 0 ? undefined : { answer, facts };
}

/** A fact holds when the answer has most of its content words and all of its numbers. */
export function judge({ answer, facts }: Case): string {
  const said = new Set(terms(answer));
  const numbers = new Set(numbersOf(answer));
  const verdicts = facts.map(({ id, text }) => {
    const wanted = [...new Set(terms(text))];
    const found = wanted.filter((term) => said.has(term)).length;
    const missing = numbersOf(text).filter((number) => !numbers.has(number));
    const holds = missing.length === 0 && wanted.length > 0 && found / wanted.length >= holdsFrom;
    const about = missing.length > 0 ? `, and not ${missing.join(", ")}` : "";
    return { fact: id, holds, reason: `The answer has ${found} of ${wanted.length} content words${about}.` };
  });
  return JSON.stringify(verdicts);
}

const numbersOf = (text: string): string[] => normalize(text).match(/\p{N}+(?:[.,]\p{N}+)*/gu) ?? [];
