import { newId } from "../../../db/columns.ts";
import type { Grant, HeldReservation, Refusal, Reservation } from "../../../db/queries/usage/budget.ts";
import { ApiError } from "../errors.ts";

/** What is reserved already for one of a turn's calls. */
type Held = Omit<HeldReservation, "reserved"> & { endUserId?: string; grant: Grant };

export type Reserve = (reservation: Reservation) => Promise<Grant | { refusedBy: Refusal }>;

/** What calls may cost at most is reserved before they are made, and held until their rows are written. */
export class Reservations {
  /** Those whose calls have ended, to be given back with what is written next. */
  ended: string[] = [];
  #held: Held[] = [];
  readonly #reserve: Reserve;

  constructor(reserve: Reserve) {
    this.#reserve = reserve;
  }

  /** The models that may be called. Throws BUDGET_EXCEEDED when a budget does not hold it. */
  async begin(wanted: Omit<Reservation, "id">): Promise<Grant & { id: string }> {
    const held = this.#takeHeld(wanted);
    if (held && held.inputTokens >= wanted.inputTokens && held.outputTokens >= wanted.outputTokens)
      return { ...held.grant, id: held.id };
    const id = held?.id ?? newId();
    const granted = await this.#reserve({ ...wanted, id });
    if (!("refusedBy" in granted)) return { id, ...granted };
    if (held) this.end(id);
    throw budgetExceeded(granted.refusedBy);
  }

  /** What was reserved ahead, of which the next call of its task takes what it needs. */
  hold(held: readonly HeldReservation[], endUserId: string | undefined) {
    for (const { reserved, ...one } of held)
      if (!("refusedBy" in reserved)) this.#held.push({ ...one, endUserId, grant: reserved });
  }

  /** No call comes any more that takes it. */
  release() {
    for (const { id } of this.#held) this.end(id);
    this.#held = [];
  }

  #takeHeld({ task, model, chatbotId, agentId, endUserId, calls }: Omit<Reservation, "id">): Held | undefined {
    const found = this.#held.find(
      (held) =>
        held.task === task &&
        held.asked === model &&
        held.chatbotId === chatbotId &&
        held.endUserId === endUserId &&
        agentId === undefined &&
        calls === 1,
    );
    if (found) this.#held = this.#held.filter((held) => held !== found);
    return found;
  }

  end(id: string) {
    this.ended = [...this.ended, id];
  }

  givenBack(ids: readonly string[]) {
    this.ended = this.ended.filter((id) => !ids.includes(id));
  }
}

/** What a model puts around a message, in tokens. */
const FRAME_TOKENS = 64;
const utf8 = new TextEncoder();

/** No fewer than any model counts: a token is a byte at least. */
export const tokensMax = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + utf8.encode(text).length + FRAME_TOKENS, 0);

const amount = (value: number, unit: Refusal["unit"]) =>
  unit === "tokens" ? `${value.toLocaleString("en")} tokens` : `$${(value / 1e6).toFixed(6).replace(/0{1,4}$/, "")}`;

const SPAN = { day: " a day", month: " a month", total: "" };

const RETRY_SECONDS_MAX = 86_400;
const secondsUntil = (instant: string) =>
  Math.min(RETRY_SECONDS_MAX, Math.max(1, Math.ceil((Date.parse(instant) - Date.now()) / 1_000)));

function budgetExceeded(budget: Refusal): ApiError {
  const { subjectType, subjectId, period, unit, limit, spent, reserved, needed, model } = budget;
  const whose =
    subjectType === "organization" ? "the organization" : `the ${subjectType.replace("_", " ")} ${subjectId}`;
  const resetsAt = budget.resetsAt && new Date(budget.resetsAt).toISOString();
  const why =
    needed === null
      ? `nobody knows the price of ${model}. Give it one with npm run prices, or name a model with a price`
      : `${amount(spent, unit)} are spent, ${amount(reserved, unit)} reserved by calls under way, and this one may need ${amount(needed, unit)}`;
  return new ApiError(
    "BUDGET_EXCEEDED",
    `The budget of ${whose}, ${amount(limit, unit)}${SPAN[period]}, does not hold this: ${why}.${resetsAt ? ` It begins anew at ${resetsAt}.` : ""}`,
    {
      extra: { budget: { ...budget, resetsAt } },
      ...(resetsAt && { retryAfterSeconds: secondsUntil(resetsAt) }),
    },
  );
}
