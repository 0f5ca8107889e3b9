import * as z from "zod";
import type { Citation } from "../../db/json.ts";
import { HANDLERS } from "../../db/words.ts";
import type { Usage } from "../kernel/ai/converse.ts";
import { count, id, integer, name, text } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import type { FinalAnswer } from "./answer/respond.ts";
import { createdAt, madeAt, modelName, tokens, user } from "./openai.ts";

const ANSWER_CHARS_MAX = 100_000;

const TextPart = z.object({
  type: z.literal("text", { error: "only text is taken here" }),
  text: text(ANSWER_CHARS_MAX),
});
const content = z.union([text(ANSWER_CHARS_MAX), z.array(TextPart).max(100)]);
const none = z.array(z.unknown()).max(0, "tools are not called here").nullish();

const Message = z.discriminatedUnion(
  "role",
  [
    z.object({ role: z.literal(["system", "developer"]), content }),
    z.object({ role: z.literal("user"), content }),
    z.object({ role: z.literal("assistant"), content: content.nullish(), tool_calls: none }),
  ],
  { error: "is system, developer, user or assistant" },
);
type Message = z.output<typeof Message>;

const textOf = ({ content }: Message): string =>
  typeof content === "string" ? content : (content ?? []).map(({ text }) => text).join("\n");

/** What a list of messages asks: what the user says last, what was said before, and what the application adds. */
export function askedIn(messages: readonly Message[]) {
  const said = messages.filter(({ role }) => role === "user" || role === "assistant");
  const last = said.findLastIndex(({ role }) => role === "assistant") + 1;
  const history = said.slice(0, last).map((message) => ({ role: message.role, content: textOf(message) }));
  const instructions = messages
    .filter(({ role }) => role === "system" || role === "developer")
    .map(textOf)
    .join("\n\n");
  return { question: said.slice(last).map(textOf).join("\n"), history, instructions: instructions.trim() };
}

const Messages = z
  .array(Message)
  .min(1)
  .max(LIMITS.chatMessagesMax)
  .superRefine((messages, context) => {
    const { question, instructions } = askedIn(messages);
    const refuse = (message: string, ...path: (string | number)[]) =>
      context.addIssue({ code: "custom", message, path });
    const last = messages.length - 1;
    if (last < 0) return;
    if (messages[last]?.role !== "user") return refuse("the last message is the user's", last, "role");
    if (!question.trim()) refuse("must not be blank", last, "content");
    for (const [index, message] of messages.entries())
      if (message.role === "user" && textOf(message).length > LIMITS.questionCharsMax)
        refuse(`a question has at most ${LIMITS.questionCharsMax} characters`, index, "content");
    if (question.length > LIMITS.questionCharsMax)
      refuse(`what the user says last has at most ${LIMITS.questionCharsMax} characters together`, last, "content");
    if (instructions.length > LIMITS.textCharsMax)
      refuse(`system messages have at most ${LIMITS.textCharsMax} characters together`);
  });

const tokensMax = integer(1, 1_000_000).nullish();

export const ChatCompletionBody = z.object({
  model: modelName.meta({ description: "A chatbot's id or slug" }),
  messages: Messages.meta({
    description:
      "The user's last words are the question; what was said before stands in the place of the conversation's own history. " +
      "What system and developer messages say reaches the model beside the question, as wishes of the application about tone, " +
      "length and form: the chatbot's own prompt, and that answers are proven by sources, go before them.",
  }),
  stream: z.boolean().nullish(),
  stream_options: z.object({ include_usage: z.boolean().nullish() }).nullish(),
  max_completion_tokens: tokensMax.meta({ description: "No more than the chatbot's own `maxTokens` are written" }),
  max_tokens: tokensMax.meta({ description: "The older name of `max_completion_tokens`" }),
  temperature: z
    .number()
    .min(0)
    .max(2)
    .nullish()
    .meta({ description: "More than 1 is 1, which is what our models take" }),
  top_p: z.number().min(0).max(1).nullish(),
  n: z.literal(1, { error: "one answer is given to a question" }).nullish(),
  tools: none,
  functions: none,
  response_format: z
    .object({ type: z.literal("text", { error: "answers are text, which their quotes prove" }) })
    .nullish(),
  user: user.meta({ description: "Who asks, as you name them" }),
  conversation_id: id("conversation")
    .nullish()
    .meta({ description: "Goes on with it; without, a conversation begins" }),
  reference: z.boolean().nullish().meta({ description: "Tells the citations too, as `reference`" }),
});
export type ChatCompletionBody = z.output<typeof ChatCompletionBody>;

const Annotation = z
  .object({
    type: z.literal("url_citation"),
    url_citation: z.object({
      start_index: count.meta({ description: "Where the marker begins, in UTF-16 units as JavaScript counts" }),
      end_index: count,
      url: text(LIMITS.urlCharsMax).meta({
        description: "Of the page, or `urn:uuid:` and the document's id where it comes from none",
      }),
      title: name,
      content: text(10_000).meta({
        description: "The quote before the marker; it stands in the document letter by letter",
      }),
    }),
  })
  .meta({ id: "OpenAiAnnotation" });

const Reference = z
  .object({
    marker: count.meta({ description: "The number that stands as [1] in the content" }),
    document_id: id("document").nullable(),
    chunk_id: id("chunk").nullable(),
    attachment_id: id("file that came with a question").nullable(),
    title: name,
    page: count.nullable(),
    quote: text(10_000),
  })
  .meta({ id: "OpenAiReference" });

const UsageReply = z
  .object({
    prompt_tokens: tokens,
    completion_tokens: tokens,
    total_tokens: tokens,
    prompt_tokens_details: z.object({ cached_tokens: tokens }),
  })
  .meta({ id: "OpenAiUsage" });

const finish = z.enum(["stop", "length"]).meta({ description: "`length`: it was cut off, or broke off" });
const head = {
  id: text(60, 1).meta({ description: "`chatcmpl-` and the message's id" }),
  created: createdAt,
  model: modelName,
  conversation_id: id("conversation"),
  handled_by: z
    .enum(HANDLERS)
    .meta({ description: "`human`: a person has taken the conversation over, and nothing is said here" }),
};
const told = {
  annotations: z.array(Annotation).max(10_000),
  reference: z.array(Reference).max(LIMITS.citationsMax).optional(),
};

export const ChatCompletion = z
  .object({
    ...head,
    object: z.literal("chat.completion"),
    choices: z
      .array(
        z.object({
          index: z.literal(0),
          message: z.object({
            role: z.literal("assistant"),
            content: text(ANSWER_CHARS_MAX),
            refusal: z.null(),
            ...told,
          }),
          logprobs: z.null(),
          finish_reason: finish,
        }),
      )
      .length(1),
    usage: UsageReply,
  })
  .meta({ id: "OpenAiChatCompletion" });

export const ChatCompletionChunk = z.object({
  ...head,
  object: z.literal("chat.completion.chunk"),
  choices: z
    .array(
      z.object({
        index: z.literal(0),
        delta: z.object({ role: z.literal("assistant"), content: text(ANSWER_CHARS_MAX), ...told }).partial(),
        logprobs: z.null(),
        finish_reason: finish.nullable(),
      }),
    )
    .max(1)
    .meta({ description: "Empty in the last chunk, when `include_usage` asks for it" }),
  usage: UsageReply.nullable().optional(),
});
export type Chunk = z.input<typeof ChatCompletionChunk>;

/** Of the documents that come from web pages. */
export type Urls = ReadonlyMap<string, string>;

/** The forms in which one answer is told. */
export function formsOf(
  body: ChatCompletionBody,
  answerId: string,
  conversationId: string,
  handledBy: (typeof HANDLERS)[number] = "bot",
) {
  const common = {
    id: `chatcmpl-${answerId}`,
    created: madeAt(answerId),
    model: body.model,
    conversation_id: conversationId,
    handled_by: handledBy,
  };
  const countsUsage = body.stream_options?.include_usage === true;
  const chunk = (delta: Chunk["choices"][number]["delta"], reason: "stop" | "length" | null = null): Chunk => ({
    ...common,
    object: "chat.completion.chunk",
    choices: [{ index: 0, delta, logprobs: null, finish_reason: reason }],
    ...(countsUsage && { usage: null }),
  });
  const sourcesOf = ({ content, citations }: FinalAnswer, urls: Urls) => ({
    annotations: annotationsOf(content, citations, urls),
    ...(body.reference && { reference: citations.map(toReference) }),
  });
  return {
    whole: (answer: FinalAnswer, urls: Urls): z.input<typeof ChatCompletion> => ({
      ...common,
      object: "chat.completion",
      choices: [
        {
          index: 0,
          message: { role: "assistant", content: answer.content, refusal: null, ...sourcesOf(answer, urls) },
          logprobs: null,
          finish_reason: finishReasonOf(answer),
        },
      ],
      usage: toUsage(answer.usage),
    }),
    role: () => chunk({ role: "assistant", content: "" }),
    text: (content: string) => chunk({ content }),
    ending: (answer: FinalAnswer, urls: Urls): Chunk[] => [
      chunk(sourcesOf(answer, urls), finishReasonOf(answer)),
      ...(countsUsage
        ? [{ ...common, object: "chat.completion.chunk" as const, choices: [], usage: toUsage(answer.usage) }]
        : []),
    ],
  };
}

const finishReasonOf = ({ isCut }: FinalAnswer) => (isCut ? "length" : "stop");

const toUsage = ({ inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }: Usage) => {
  const prompt = inputTokens + cacheReadTokens + cacheWriteTokens;
  return {
    prompt_tokens: prompt,
    completion_tokens: outputTokens,
    total_tokens: prompt + outputTokens,
    prompt_tokens_details: { cached_tokens: cacheReadTokens },
  };
};

const toReference = ({ marker, documentId, chunkId, attachmentId = null, title, page, quote }: Citation) => ({
  marker,
  document_id: documentId,
  chunk_id: chunkId,
  attachment_id: attachmentId,
  title,
  page,
  quote,
});

/** Each marker that follows its quote, in the order of the content: what else looks like a marker is none of ours. */
const annotationsOf = (content: string, citations: readonly Citation[], urls: Urls): z.input<typeof Annotation>[] =>
  citations
    .flatMap(({ marker, documentId, attachmentId, title, quote }) =>
      endsOf(`${quote} [${marker}]`, content).map((end) => ({
        type: "url_citation" as const,
        url_citation: {
          start_index: end - `[${marker}]`.length,
          end_index: end,
          url: (documentId && urls.get(documentId)) ?? `urn:uuid:${documentId ?? attachmentId}`,
          title,
          content: quote,
        },
      })),
    )
    .sort((a, b) => a.url_citation.start_index - b.url_citation.start_index);

function endsOf(part: string, content: string): number[] {
  const ends: number[] = [];
  for (let at = content.indexOf(part); at >= 0; at = content.indexOf(part, ends.at(-1))) ends.push(at + part.length);
  return ends;
}
