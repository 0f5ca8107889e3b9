import * as z from "zod";
import { QUESTION_PROPOSAL_STATUSES } from "../../db/words.ts";
import { count, id, instant, text } from "../kernel/endpoint.ts";

export const ProposalReply = z
  .object({
    id: id("question proposal"),
    chatbotId: id("chatbot"),
    status: z.enum(QUESTION_PROPOSAL_STATUSES),
    failureReason: text(20_000).nullable(),
    wanted: count,
    chunks: count.meta({ description: "Passages that were chosen to be asked about" }),
    read: count.meta({ description: "Of these, those that a model has read" }),
    proposed: count,
    dropped: count.meta({ description: "What the model proposed with a quote that is not in its passage" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    completedAt: instant.nullable(),
  })
  .meta({ id: "QuestionProposal" });
