import * as z from "zod";
import { findProposal } from "../../db/queries/chatbots/question-proposal.ts";
import { endpoint, id, replies } from "../kernel/endpoint.ts";
import { notFound } from "../kernel/errors.ts";
import { ProposalReply } from "./question-proposal.ts";

export const getQuestionProposal = endpoint({
  name: "question-proposal.get",
  method: "get",
  path: "/v1/question-proposals/{proposalId}",
  scope: "chatbots:read",
  summary: "How far the proposal of golden questions has come",
  params: z.object({ proposalId: id("question proposal") }),
  reply: replies(ProposalReply),
  example: async (fixtures) => ({ params: { proposalId: await fixtures.questionProposal() } }),
  async run(ctx, { params: { proposalId } }) {
    const proposal = await findProposal(ctx, proposalId);
    if (!proposal) throw notFound("question proposal");
    return proposal;
  },
});
