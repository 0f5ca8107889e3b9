import * as channels from "./channels/index.ts";
import * as chatbots from "./chatbots/index.ts";
import * as conversations from "./conversations/index.ts";
import type { Platform } from "./kernel/context.ts";
import type { Cron } from "./kernel/cron.ts";
import type { Endpoint } from "./kernel/endpoint.ts";
import { serveHealth } from "./kernel/health.ts";
import type { Job } from "./kernel/job.ts";
import { openApi } from "./kernel/openapi.ts";
import { serveReference } from "./kernel/reference.ts";
import { type Http, serve } from "./kernel/serve.ts";
import * as operations from "./operations/index.ts";
import * as search from "./search/index.ts";
import * as usage from "./usage/index.ts";

export { REACTIONS } from "./reactions.ts";

/** The parts. What an endpoint, a job or a cron is called, it does; nothing is mounted anywhere else. */
export const ENDPOINTS: Endpoint[] = [
  ...operations.endpoints,
  ...usage.endpoints,
  ...search.endpoints,
  ...chatbots.endpoints,
  ...conversations.endpoints,
  ...channels.endpoints,
];
export const JOBS: Job[] = [
  ...operations.jobs,
  ...usage.jobs,
  ...search.jobs,
  ...chatbots.jobs,
  ...conversations.jobs,
  ...channels.jobs,
];
export const CRONS: Cron[] = [
  ...operations.crons,
  ...usage.crons,
  ...search.crons,
  ...chatbots.crons,
  ...conversations.crons,
  ...channels.crons,
];

export function openApp(platformOf: (bindings: unknown, http: Http) => Platform) {
  const app = serve(ENDPOINTS, platformOf);
  serveHealth(app);
  serveReference(app, openApi(ENDPOINTS));
  return app;
}
