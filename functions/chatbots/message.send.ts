import * as z from "zod";
import { CHANNELS, CONTENT_TYPES } from "../../db/words.ts";
import { wellFormed } from "../kernel/content-type.ts";
import { endpoint, endUserName, freeObject, id, json, text, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { beginAnswer } from "./answer/turn.ts";
import { answering, refuse, told, toldBefore } from "./answering.ts";
import { chatbotParams } from "./chatbot.ts";

/** Whose words a caller relays; the caller's own address is somebody else's. */
const Client = z
  .object({
    ipAddress: z.union([z.ipv4().meta({ maxLength: 15 }), z.ipv6().meta({ maxLength: 45 })]),
    userAgent: text(500, 1),
  })
  .partial()
  .meta({
    description:
      "Where the end user's words come from. Kept with the conversation for as long as `clientDays` of the organization's settings says",
  });

export const sendMessage = endpoint({
  name: "message.send",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/messages",
  scope: "chatbots:answer",
  summary: "Ask a chatbot",
  description:
    "The answer as one JSON document, or with `stream` as server-sent events while it is written. Each quote in it was found, " +
    "letter by letter, in the chunk that its citation names. The question is stored before anything is generated; when the " +
    "reader leaves, the answer is written to its end for 25 s. An `active` chatbot answers everybody who may ask; one that is a " +
    "`draft`, as each new one, or `testing` answers those who may change it (members from editor up, keys with `chatbots:write`), " +
    "so a key that the public's questions come with should have `chatbots:answer` alone; `inactive` and `maintenance` answer nobody: 409. " +
    "Questions of one conversation are answered in order, twenty at once at most. While a person has taken the conversation over, the " +
    "question is stored and told (`message.received`), and nobody answers here.",
  params: chatbotParams,
  body: json(
    z
      .object({
        content: words(LIMITS.questionCharsMax),
        contentType: z.enum(CONTENT_TYPES).optional().meta({ description: "What `content` is; `text` by default" }),
        conversationId: id("conversation").optional().meta({
          description: "Goes on with it, also when it was over, unless for good; without, a conversation begins",
        }),
        replaces: id("message of the user that is asked in other words")
          .optional()
          .meta({ description: "It and what came after it are superseded. Goes with `conversationId`" }),
        endUser: endUserName.optional().meta({ description: "Who asks, as you name them" }),
        channel: z.enum(CHANNELS).optional(),
        context: freeObject.optional().meta({
          description:
            "Where it is asked, such as the page's URL and title: kept with the question, and shown to the model as data",
        }),
        attachments: z
          .array(id("file of the end user's, as `attachment.upload` told it"))
          .max(LIMITS.attachmentsMax)
          .refine((ids) => new Set(ids).size === ids.length, "names one twice")
          .optional()
          .meta({
            description:
              "Files that the question is about: it is answered from them too, and `attachmentId` of a citation names one. Each comes with one question; " +
              "with `replaces` also those of the question that is replaced",
          }),
        metadata: freeObject.optional().meta({ description: "Of the conversation that begins: your own" }),
        client: Client.optional(),
        stream: z.boolean().optional(),
      })
      .superRefine(wellFormed)
      .superRefine(({ conversationId, replaces, metadata }, { addIssue }) => {
        if (replaces !== undefined && conversationId === undefined)
          addIssue({ code: "custom", path: ["replaces"], message: "goes with `conversationId` only" });
        if (metadata !== undefined && conversationId !== undefined)
          addIssue({
            code: "custom",
            path: ["metadata"],
            message: "is changed by PATCH /v1/conversations/{conversationId}",
          });
      }),
  ),
  reply: answering,
  endUser: ({ body }) => body.endUser,
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { content: "How long is the warranty?" },
  }),
  replay: (ctx, { resultId, body }) => toldBefore(ctx, resultId, body.stream),
  async run(ctx, { params: { chatbotId }, body, signal, resultId }) {
    const turn = await beginAnswer(ctx, resultId, { ...body, chatbotId, refuse });
    return told(ctx, turn, signal, body.stream);
  },
});
