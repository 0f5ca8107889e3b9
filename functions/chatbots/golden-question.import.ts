import * as z from "zod";
import { newId } from "../../db/columns.ts";
import { importGoldenQuestions } from "../../db/queries/chatbots/golden-question.ts";
import { asText, count, endpoint, id, replies, type UploadedFile, upload } from "../kernel/endpoint.ts";
import { ApiError, type FieldError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";
import { chatbotParams } from "./chatbot.ts";
import { GoldenQuestionFields, goldenFields } from "./golden-question.ts";

type Fields = z.output<typeof GoldenQuestionFields>;
const ERRORS_MAX = 20;

export const importGolden = endpoint({
  name: "golden-question.import",
  method: "post",
  path: "/v1/chatbots/{chatbotId}/golden-questions/import",
  scope: "chatbots:write",
  summary: "Import golden questions",
  description:
    `Up to ${LIMITS.goldenQuestionsAtOnce} at once, as the part \`file\` of multipart/form-data, a JSON object a line, or as JSON. All or none: what is wrong with a ` +
    "line is said with its number. A question that is there already after the same turns stays the same one: what is expected of it is what the " +
    "file says now, and the tags are added to its own. So a file may be imported as often as you like. `ids` are in the file's order.",
  params: chatbotParams,
  body: upload(
    z.object({ tags: asText(goldenFields.tags).optional() }),
    z.object({
      questions: z.array(GoldenQuestionFields.strict()).min(1).max(LIMITS.goldenQuestionsAtOnce),
      tags: goldenFields.tags.optional(),
    }),
    LIMITS.goldenFileBytesMax,
  ),
  reply: replies(
    z
      .object({
        ids: z.array(id("golden question")).max(LIMITS.goldenQuestionsAtOnce),
        added: count.meta({ description: "How many of them were not there before" }),
      })
      .meta({ id: "ImportedGoldenQuestions" }),
  ),
  example: async (fixtures) => ({
    params: { chatbotId: await fixtures.chatbot() },
    body: { questions: [{ question: "How long is the warranty?", expectedFacts: ["two years"] }], tags: ["warranty"] },
  }),
  async run(ctx, { params: { chatbotId }, body, resultId }) {
    const questions = body.form === "file" ? questionsIn(body.file) : body.json.questions;
    const tags = (body.form === "file" ? body.fields.tags : body.json.tags) ?? [];
    const byAsked = new Map<string, Fields>(questions.map((question) => [askedOf(question), question]));
    const rows = [...byAsked.values()].map((fields) => ({
      expectedAnswer: null,
      expectedFacts: [],
      expectedSources: [],
      answerable: true,
      language: null,
      history: [],
      ...fields,
      tags: [...new Set([...(fields.tags ?? []), ...tags])],
      id: newId(),
      chatbotId,
      status: "approved" as const,
    }));
    const emits = ctx.emit("chatbot.golden_questions_imported", chatbotId, {
      questions: rows.length,
      importId: resultId,
    });
    const stored = await importGoldenQuestions(ctx, chatbotId, rows, emits);
    const ids = new Map(stored.map((row) => [askedOf(row), row.id]));
    const made = new Set(rows.map((row) => row.id));
    return {
      ids: questions.map((question) => ids.get(askedOf(question))!),
      added: stored.filter((row) => made.has(row.id)).length,
    };
  },
});

const askedOf = ({ question, history = [] }: Pick<Fields, "question" | "history">) =>
  JSON.stringify([question, history.map(({ role, content }) => [role, content])]);

/** Of a file of JSON lines; blank lines are none. */
function questionsIn({ bytes }: UploadedFile): Fields[] {
  const errors: FieldError[] = [];
  const questions: Fields[] = [];
  const written = new TextDecoder().decode(bytes).replace(/^\uFEFF/, "");
  for (const [index, line] of written.split("\n").entries()) {
    if (line.trim() === "") continue;
    const path = `file.${index + 1}`;
    try {
      const read = GoldenQuestionFields.strict().safeParse(JSON.parse(line));
      if (read.success) questions.push(read.data);
      else
        errors.push(
          ...read.error.issues.map((issue) => ({ path: [path, ...issue.path].join("."), message: issue.message })),
        );
    } catch {
      errors.push({ path, message: "is not JSON" });
    }
  }
  if (questions.length > LIMITS.goldenQuestionsAtOnce)
    errors.push({ path: "file", message: `at most ${LIMITS.goldenQuestionsAtOnce} questions at once` });
  if (questions.length + errors.length === 0) errors.push({ path: "file", message: "holds no question" });
  const told = errors.slice(0, ERRORS_MAX);
  if (errors.length === 0) return questions;
  throw new ApiError("INVALID", told.map(({ path, message }) => `${path}: ${message}`).join("; "), { errors: told });
}
