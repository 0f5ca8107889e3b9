import * as z from "zod";
import { CHATBOT_STATUSES, DOCUMENT_SCOPES, MODEL_TIERS } from "../../db/words.ts";
import { SCOPES } from "../kernel/auth/scopes.ts";
import { count, freeObject, id, instant, integer, name, text, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { Filter } from "../kernel/retrieval/filter.ts";

export const chatbotParams = z.object({ chatbotId: id("chatbot") });

const message = text(2_000, 1).nullable();
const share = z.number().min(0).max(1);

const ModelConfig = z
  .object({ temperature: share, topP: share, maxTokens: integer(1, 8_192) })
  .partial()
  .strict();

const Safety = z
  .object({
    personalData: z.enum(["keep", "mask"]).meta({
      description:
        "`mask`: e-mail addresses, telephone numbers, card numbers, IBANs and national ids in what people write are replaced by " +
        "`{EMAIL}` and the like before it is stored or shown to a model; what documents say stays",
    }),
    blockedTopics: z
      .array(words(200))
      .max(LIMITS.blockedTopicsMax)
      .meta({ description: "Words and phrases, found in any of their forms; an answer is then told when it is whole" }),
    blockedMessage: message.meta({ description: "Said of a blocked topic; without, the fallback message" }),
    questionCharsMax: integer(1, LIMITS.questionCharsMax),
    answerCharsMax: integer(50, LIMITS.answerCharsMax),
  })
  .partial()
  .strict();

/** Whom a chatbot answers before it is active: a right to change chatbots is one to try them. */
export const MAKERS = { scope: "chatbots:write", roles: SCOPES["chatbots:write"] } as const;

const fields = {
  name,
  slug: z
    .string()
    .min(1)
    .max(100)
    .regex(/^[a-z0-9][a-z0-9-]*$/, "has lower-case letters, digits and hyphens"),
  description: text(LIMITS.textCharsMax).nullable(),
  status: z.enum(CHATBOT_STATUSES).meta({
    description:
      "`active` answers everybody who may ask, `draft` and `testing` those who may change the chatbot, any other nobody",
  }),
  avatarUrl: z
    .url({ protocol: /^https$/ })
    .max(500)
    .nullable(),
  welcomeMessage: message,
  fallbackMessage: message.meta({ description: "Said when the documents do not hold the answer" }),
  llmProvider: z.enum(["bedrock"]),
  llmModel: text(200, 1)
    .nullable()
    .meta({
      description: `Id of a Bedrock model, or a tier (${MODEL_TIERS.join(", ")}); null answers by the one to which /v1/model-routes routes answers`,
    }),
  systemPrompt: text(LIMITS.textCharsMax),
  modelConfig: ModelConfig,
  ragEnabled: z.boolean().meta({ description: "False answers from the model alone, without sources" }),
  retrievalK: integer(1, 50).meta({ description: "How many chunks the model is shown" }),
  scoreThreshold: share.meta({
    description: "Chunks of a lower relevance are not shown to the model; 0 leaves it to the search settings",
  }),
  contextWindow: integer(500, 200_000).meta({ description: "Tokens of sources and history together" }),
  documentScope: z
    .enum(DOCUMENT_SCOPES)
    .meta({ description: "Assigning documents makes it `assigned`; nothing but you makes it `all` again" }),
  rewriteFollowUps: z.boolean().meta({
    description:
      "Whether a model makes a question that leans on what was said before one that stands alone, to search with; false " +
      "searches with the earlier questions beside it",
  }),
  safety: Safety.meta({ id: "ChatbotSafety" }),
  knowledgeBaseFilter: Filter,
  integrationSettings: freeObject,
  evalGate: z
    .object({ maxDrop: share.meta({ description: "By how much each figure may be worse, as a share of 1: 0.02" }) })
    .strict()
    .meta({ id: "EvalGate" })
    .nullable()
    .meta({
      description:
        "While it is set, a change of what answers is refused on an `active` chatbot, and so is a chatbot's becoming `active` with another " +
        "configuration than it last was with, unless an eval of exactly that configuration, and one of that in force, have asked all approved " +
        "golden questions, and no figure is worse by more than this. So is lifting or loosening it.",
    }),
};

export const Configuration = z.object(fields).meta({ id: "ChatbotConfiguration" });

/** Of whoever changes the configuration. */
export const saying = {
  reason: words(2_000).optional().meta({ description: "Why, for whoever reads the revision later" }),
};
export const revisionNumber = integer(1, 2 ** 31 - 1);
export const changing = {
  ...saying,
  force: z.boolean().optional().meta({
    description:
      "Passes the chatbot's gate, for owners and keys with `organization:write`, with a `reason`; the event tells what was passed",
  }),
  ifRevision: revisionNumber.optional().meta({
    description: "The `revision` that you have seen: if the chatbot is at another one, nothing changes (409)",
  }),
};

/** Whoever passes a gate says why. */
export const saysWhy = ({ force, reason }: { force?: boolean; reason?: string }) => !force || reason !== undefined;
export const SAY_WHY = { path: ["reason"], message: "say why, to pass the gate" };

const { name: required, ...optional } = fields;
export const NewChatbotFields = z.object({ name: required, ...z.object(optional).partial().shape, ...saying });
export const ChatbotChange = z.object({ ...z.object(fields).partial().shape, ...changing });

const average = z.number().min(0).nullable();
const PerformanceMetrics = z
  .object({
    days: count,
    totalSessions: count,
    totalMessages: count,
    uniqueUsers: count,
    avgSessionDurationSeconds: average,
    avgResponseTimeMs: average,
    avgUserSatisfaction: average,
    successfulResponsesRatio: share.nullable(),
    totalCostMicroUsd: integer(0, Number.MAX_SAFE_INTEGER),
  })
  .partial()
  .meta({
    id: "PerformanceMetrics",
    description:
      "Of the last 30 days: conversations that began in them, and what was spent; made anew each hour, empty before the first time",
  });

export const ChatbotReply = z
  .object({
    id: id("chatbot"),
    ...fields,
    revision: revisionNumber.meta({ description: "How often it has had another configuration, the first counted" }),
    performanceMetrics: PerformanceMetrics,
    lastActiveAt: instant.nullable(),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Chatbot" });
