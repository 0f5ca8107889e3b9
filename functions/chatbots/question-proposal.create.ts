import * as z from "zod";
import { findProposal, insertProposal } from "../../db/queries/chatbots/question-proposal.ts";
import { endpoint, id, integer, json, replies } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams } from "./chatbot.ts";
import { ProposalReply } from "./question-proposal.ts";

/** Not every passage answers a question worth asking. */
const CHUNKS_A_QUESTION = 2;

export const createQuestionProposal = endpoint({
  name: "question-proposal.create",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/golden-questions/proposals",
  scope: "chatbots:write",
  summary: "Have golden questions proposed from documents",
  description:
    "A model reads passages of the documents, in the background, and writes questions that they answer, each with the quote that proves it, which " +
    "is looked up in the passage: what is not there is dropped. The questions arrive as `proposed`; an eval asks them once they are approved.",
  params: chatbotParams,
  body: json(
    z.object({
      count: integer(1, LIMITS.proposedQuestionsMax).default(20).meta({ description: "How many questions at most" }),
      documentIds: z
        .array(id("document"))
        .min(1)
        .max(LIMITS.idsMax)
        .optional()
        .meta({ description: "Without, all that the chatbot may answer from" }),
    }),
  ),
  reply: replies(ProposalReply, 202),
  example: async (fixtures) => ({ params: { chatbotId: await fixtures.chatbot() }, body: { count: 5 } }),
  replay: (ctx, { resultId }) => findProposal(ctx, resultId),
  run(ctx, { params: { chatbotId }, body: { count, documentIds }, resultId }) {
    const proposal = { id: resultId, chatbotId, wanted: count, chunksMax: CHUNKS_A_QUESTION * count, documentIds };
    return insertProposal(ctx, proposal, ctx.emit("question-proposal.created", resultId, { chatbotId }));
  },
});
