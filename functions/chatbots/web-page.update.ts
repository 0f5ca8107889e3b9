import * as z from "zod";
import { scheduleWebPage } from "../../db/queries/chatbots/web-source.ts";
import { endpoint, json, replies } from "../kernel/endpoint.ts";
import { documentParams } from "./document.ts";
import { intervalHours, WebPageReply } from "./web-page.ts";

export const changeWebPage = endpoint({
  name: "web-page.update",
  method: "patch",
  path: "/v1/documents/{documentId}/web-page",
  scope: "documents:write",
  summary: "Change how often a document is fetched again",
  description: "A page of a website is fetched whenever the website is read, and does not need it.",
  params: documentParams,
  body: json(z.object({ intervalHours: intervalHours.nullable() })),
  reply: replies(WebPageReply),
  example: async (fixtures) => ({ params: { documentId: await fixtures.webPage() }, body: { intervalHours: 24 } }),
  run: (ctx, { params: { documentId }, body }) =>
    scheduleWebPage(ctx, documentId, body.intervalHours, ctx.emit("web-page.updated", documentId, body)),
});
