import * as z from "zod";
import { restartDocument, updateDocument } from "../../db/queries/chatbots/document.ts";
import { endpoint, freeObject, id, json, name, replies } from "../kernel/endpoint.ts";
import { audience, DocumentReply, documentParams, documentType, language } from "./document.ts";

const DocumentChange = z
  .object({
    title: name,
    productId: id("product").nullable(),
    documentType,
    language,
    audience,
    metadata: freeObject.meta({ description: "Your own; replaces what there was" }),
  })
  .partial()
  .refine((body) => Object.keys(body).length > 0, "name what changes");

export const changeDocument = endpoint({
  name: "document.update",
  method: "patch",
  path: "/v1/documents/{documentId}",
  scope: "documents:write",
  summary: "Change what is said about a document",
  description:
    "Its bytes stay. A new title or language changes how its text is found, so it is processed again: see `status`. " +
    "Until that is done it is found as before.",
  params: documentParams,
  body: json(DocumentChange),
  reply: replies(DocumentReply),
  example: async (fixtures) => ({
    params: { documentId: await fixtures.document() },
    body: { documentType: "safety" },
  }),
  run(ctx, { params: { documentId }, body }) {
    const emits = ctx.emit("document.updated", documentId, { changed: Object.keys(body) });
    if (body.title === undefined && body.language === undefined) return updateDocument(ctx, documentId, body, emits);
    return restartDocument(ctx, documentId, body, [...emits, ...ctx.emit("document.reprocessed", documentId)]);
  },
});
