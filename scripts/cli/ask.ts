import { LIMITS } from "../../functions/kernel/limits.ts";
import type { Client } from "../client/client.ts";
import { ProblemError } from "../client/failure.ts";
import type { Answer, Citation, Question } from "../client/wire.ts";
import { command, EXIT, theText, UsageError } from "./command.ts";
import { connect, connectionOptions } from "./connection.ts";
import { note, oneLine, out, outJson, pieceWriter } from "./terminal.ts";

export const ask = command({
  name: "ask",
  about: "Ask a chatbot; the answer comes with its sources",
  operands: '"question"',
  options: {
    ...connectionOptions,
    chatbot: { type: "string", value: "ID", about: "Which chatbot (EDGELORE_CHATBOT)" },
    conversation: { type: "string", value: "ID", about: "Go on with this conversation" },
    stream: { type: "boolean", default: true, about: "Wait for the whole answer instead of printing it as it comes" },
    json: { type: "boolean", about: "Print the whole answer as JSON" },
  },
  async run(operands, { conversation, stream, json, ...given }) {
    const content = theText("question", operands, LIMITS.questionCharsMax);
    const { client, chatbotId } = connect(given);
    if (!chatbotId) throw new UsageError("Which chatbot? Give --chatbot ID or set EDGELORE_CHATBOT.");
    const question = { content, ...(conversation !== undefined && { conversationId: conversation }) };
    const whole = json || !stream;
    const answer = await (whole ? client.answer(chatbotId, question) : printed(client, chatbotId, question));
    if (json) outJson(answer);
    else printAnswer(answer, whole);
    return exitCodeOf(answer);
  },
});

/** Prints the text as it comes and resolves to the whole answer. */
async function printed(client: Client, chatbotId: string, question: Question): Promise<Answer> {
  let last = "";
  const write = pieceWriter((text) => {
    out(text);
    last = text || last;
  });
  const endLine = () => last && !last.endsWith("\n") && out("\n");
  try {
    for await (const { event, data } of client.ask(chatbotId, question)) {
      if (event === "delta") write(data.text);
      if (event === "error") throw new ProblemError(data);
      if (event !== "message.completed") continue;
      if (!last && data.message) write(data.message.content);
      endLine();
      return data;
    }
  } catch (error) {
    endLine();
    throw error;
  }
  throw new Error("an answer ended without an end");
}

function printAnswer({ conversationId, message }: Answer, withText: boolean) {
  if (!message) note("A person has taken the conversation over, and will answer in it.");
  if (message && withText) out(`${message.content.trimEnd()}\n`);
  if (message && message.citations.length > 0) out(`\n${message.citations.map(citationLine).join("\n")}\n`);
  note(`Conversation ${conversationId}; go on with --conversation ${conversationId}`);
}

const citationLine = ({ marker, title, page, quote }: Citation) =>
  `[${marker}] ${oneLine(title)}${page === null ? "" : `, page ${page}`}: "${oneLine(quote)}"`;

function exitCodeOf({ message }: Answer): number {
  if (message?.status === undefined || message.status === "completed") return EXIT.ok;
  note(`The answer is ${message.status}, not complete.`);
  return EXIT.failed;
}
