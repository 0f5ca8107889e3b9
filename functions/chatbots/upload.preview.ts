import * as z from "zod";
import { asText, endpoint, replies, upload, words } from "../kernel/endpoint.ts";
import { LIMITS } from "../kernel/limits.ts";
import { fileOfText } from "./content.ts";
import { documentType, language, textType } from "./document.ts";
import { PreviewReply, preview, TriedSettings } from "./preview.ts";

const as = { documentType: documentType.default("other"), language: language.optional() };

export const previewUpload = endpoint({
  name: "upload.preview",
  method: "post",
  path: "/v1/documents/preview",
  scope: "documents:read",
  summary: "See how a file would be cut into chunks",
  description:
    "A file as multipart/form-data, or a text as JSON. Nothing is stored. Cut by the settings of its type, and by those " +
    "that are tried in their place. Prefixes are written and pictures are read only when a document is processed.",
  body: upload(
    z.object({
      ...as,
      settings: asText(TriedSettings).optional().meta({ description: "The same as JSON" }),
    }),
    z.object({
      text: words(LIMITS.documentTextCharsMax),
      mimeType: textType,
      ...as,
      settings: TriedSettings.optional(),
    }),
    LIMITS.previewBytesMax,
  ),
  reply: replies(PreviewReply),
  example: async () => ({
    body: { text: `The warranty lasts two years. ${crypto.randomUUID()}`, mimeType: "text/plain" },
  }),
  async run(ctx, { body }) {
    const [file, { documentType, language = null, settings }] =
      body.form === "file"
        ? [body.file, body.fields]
        : [fileOfText(body.json.text, body.json.mimeType, "text"), body.json];
    return preview(ctx, file, { documentType, language, settings });
  },
});
