import { deliverWebhooks } from "./webhook.deliver.ts";
import { sweepWebhooks } from "./webhook.sweep.ts";
import { expireWebhookDeliveries } from "./webhook-delivery.expire.ts";
import { getWebhookDelivery } from "./webhook-delivery.get.ts";
import { listWebhookDeliveries } from "./webhook-delivery.list.ts";
import { replayWebhookDelivery } from "./webhook-delivery.replay.ts";
import { createWebhookEndpoint } from "./webhook-endpoint.create.ts";
import { removeWebhookEndpoint } from "./webhook-endpoint.delete.ts";
import { getWebhookEndpoint } from "./webhook-endpoint.get.ts";
import { listAllWebhookEndpoints } from "./webhook-endpoint.list.ts";
import { replayTime } from "./webhook-endpoint.replay.ts";
import { rotateSecret } from "./webhook-endpoint.rotate.ts";
import { tryWebhookEndpoint } from "./webhook-endpoint.try.ts";
import { changeWebhookEndpoint } from "./webhook-endpoint.update.ts";

export const endpoints = [
  createWebhookEndpoint,
  listAllWebhookEndpoints,
  getWebhookEndpoint,
  changeWebhookEndpoint,
  removeWebhookEndpoint,
  rotateSecret,
  tryWebhookEndpoint,
  replayTime,
  listWebhookDeliveries,
  getWebhookDelivery,
  replayWebhookDelivery,
];

export const jobs = [deliverWebhooks];

export const crons = [sweepWebhooks, expireWebhookDeliveries];
