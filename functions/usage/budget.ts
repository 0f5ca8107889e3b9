import * as z from "zod";
import { hasPrice } from "../../db/queries/usage/budget.ts";
import { BUDGET_ENFORCEMENTS, BUDGET_PERIODS, BUDGET_SUBJECTS, BUDGET_UNITS, MODEL_TIERS } from "../../db/words.ts";
import { modelOf } from "../kernel/ai/models.ts";
import type { Ctx } from "../kernel/context.ts";
import { endUserName, id, instant, integer, text } from "../kernel/endpoint.ts";
import { ApiError } from "../kernel/errors.ts";
import { LIMITS } from "../kernel/limits.ts";

const AMOUNT_MAX = 10 ** 15;
const amount = integer(0, AMOUNT_MAX);

export const budgetParams = z.object({ budgetId: id("budget") });

const limit = integer(1, AMOUNT_MAX).meta({
  description:
    "Micro-USD (1,000,000 are one dollar), or tokens of any kind: input, output, read from and written to a cache",
});
const enforcement = z.enum(BUDGET_ENFORCEMENTS).meta({
  description:
    "`hard`: no call is made that could overshoot it; chatbots say their fallback message, jobs wait, anything else is answered 402. " +
    "`soft`: it only tells, by the event `budget.alerted`, as a hard one does too, at 50, 80 and 100 %",
});
const stepDownModel = text(LIMITS.nameCharsMax, 1)
  .nullable()
  .meta({
    description: `Writes in place of a model that the budget does not hold, as its id or tier (${MODEL_TIERS.join(", ")}); embeddings and pictures have no substitute`,
  });
const subjectId = text(LIMITS.nameCharsMax, 1)
  .nullable()
  .meta({ description: "Id of the chatbot or agent, or the end user as you name them; null for the organization" });

export const NewBudget = z
  .object({
    subjectType: z.enum(BUDGET_SUBJECTS).default("organization"),
    subjectId: subjectId.default(null),
    period: z.enum(BUDGET_PERIODS).meta({
      description: "Days and months begin at midnight in the organization's time zone; a total never begins anew",
    }),
    unit: z.enum(BUDGET_UNITS),
    limit,
    enforcement: enforcement.default("hard"),
    stepDownModel: stepDownModel.default(null),
  })
  .superRefine(({ subjectType, subjectId }, context) => {
    const isWhole = subjectType === "organization";
    if (isWhole !== (subjectId === null))
      context.addIssue({
        code: "custom",
        path: ["subjectId"],
        message: isWhole ? "must be left out for the organization" : `names the ${subjectType.replace("_", " ")}`,
      });
    else if (subjectType === "end_user" && !endUserName.safeParse(subjectId).success)
      context.addIssue({ code: "custom", path: ["subjectId"], message: "is no end user's name" });
    else if (!isWhole && subjectType !== "end_user" && !z.uuid().safeParse(subjectId).success)
      context.addIssue({ code: "custom", path: ["subjectId"], message: "is no UUID" });
  });

export const BudgetChange = z.object({ limit, enforcement, stepDownModel }).partial();

export const BudgetReply = z
  .object({
    id: id("budget"),
    subjectType: z.enum(BUDGET_SUBJECTS),
    subjectId,
    period: z.enum(BUDGET_PERIODS),
    unit: z.enum(BUDGET_UNITS),
    limit,
    enforcement,
    stepDownModel,
    spent: amount.meta({ description: "In the period that runs" }),
    reserved: amount.meta({ description: "What calls under way may cost at most" }),
    resetsAt: instant.nullable().meta({ description: "When the next period begins; null for a total" }),
    createdBy: text(255).nullable(),
    createdAt: instant,
    updatedAt: instant,
  })
  .meta({ id: "Budget" });

/** Nobody knows what a model without a price would cost, so no budget steps down to one. */
export async function refuseUnpriced(ctx: Ctx, model: string | null | undefined): Promise<void> {
  if (!model || (await hasPrice(ctx, modelOf(ctx.env, model)))) return;
  const message = "has no price that is known";
  throw new ApiError("INVALID", `The model ${model} ${message}.`, { errors: [{ path: "stepDownModel", message }] });
}
