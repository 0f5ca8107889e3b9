import {
  type Consequence,
  type Delivery,
  nextDeliveries,
  type Receiver,
  recordAttempt,
} from "../../db/queries/channels/webhook.ts";
import type { Ctx } from "../kernel/context.ts";
import { job } from "../kernel/job.ts";
import { LIMITS } from "../kernel/limits.ts";
import { send, type Try, toldOf } from "./webhook.ts";

/**
 * Tells an endpoint what waits for it, one after another in order. What fails is tried again later, and what is behind it waits: an
 * endpoint that is down is asked once, not once for each event.
 */
export const deliverWebhooks = job({
  kind: "webhook.deliver",
  async run(ctx, endpointId) {
    const end = Date.now() + LIMITS.webhookRunMs;
    const { receiver, deliveries } = await nextDeliveries(ctx, endpointId, LIMITS.webhooksPerRun);
    let current = receiver;
    for (const delivery of deliveries) {
      if (!current) break; // somebody has disabled it, or it has itself
      if (current.waitSeconds > 0) return { laterSeconds: current.waitSeconds };
      if (Date.now() > end) return "again";
      current = await deliver(ctx, current, delivery);
    }
    if (current && current.waitSeconds > 0) return { laterSeconds: current.waitSeconds };
    return current && deliveries.length === LIMITS.webhooksPerRun ? "again" : [];
  },
  failed: () => [], // what waits still does, and the sweep asks for it again
});

/** The endpoint as it is then, if it is active. */
async function deliver(ctx: Ctx, receiver: Receiver, { event }: Delivery): Promise<Receiver | undefined> {
  const { error, responseStatus, responseBody, durationMs, ...more } = await send(ctx, receiver, toldOf(event));
  const consequence = consequenceOf(receiver, { error, ...more });
  const { id } = receiver;
  const told =
    consequence.is === "disabled"
      ? ctx.emit(
          "webhook-endpoint.disabled",
          id,
          { reason: consequence.reason },
          { category: "error", severity: "error" },
        )
      : [];
  return recordAttempt(ctx, id, event.id, { error, responseStatus, responseBody, durationMs }, consequence, told);
}

type Outcome = Pick<Try, "error" | "isGone" | "retryAfterSeconds">;

function consequenceOf({ failures }: Receiver, { error, isGone, retryAfterSeconds }: Outcome): Consequence {
  if (error === null) return { is: "works" };
  if (isGone) return { is: "disabled", reason: "It answered 410: it is gone." };
  const seconds = LIMITS.webhookRetrySeconds[failures];
  if (seconds === undefined)
    return { is: "disabled", reason: `An event was given up after ${failures + 1} tries: ${error}` };
  return { is: "failing", retrySeconds: Math.max(retryAfterSeconds ?? 0, jittered(seconds)) };
}

/** So that not all who failed at the same time come back at the same time. */
const jittered = (seconds: number) => Math.round(seconds * (1 + LIMITS.webhookRetryJitter * (2 * Math.random() - 1)));
