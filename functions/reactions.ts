import type { Reactions } from "./kernel/context.ts";

/** Event → jobs: every coupling between two operations that the queue carries, on this page. */
export const REACTIONS: Reactions = {
  "*": ["webhook.deliver"], // of each endpoint that is told of the event
  "webhook-endpoint.updated": ["webhook.deliver"],
  "webhook-endpoint.replayed": ["webhook.deliver"],
  "organization.updated": ["metrics.summarize", "retention.apply", "message.embed"], // its days may begin at another hour, less be kept, and messages be found otherwise
  "document.uploaded": ["document.ingest"],
  "document.replaced": ["document.ingest"],
  "document.reprocessed": ["document.ingest"],
  "document.chunked": ["document.embed"],
  "product.created": ["product.embed"],
  "product.updated": ["product.embed"],
  "web-page.requested": ["web-page.fetch"],
  "website.created": ["website.read"],
  "website.requested": ["website.read"],
  "file-check.requested": ["file.check"],
  "index-check.requested": ["index.check"],
  "curated-answer.created": ["curated-answer.embed"],
  "curated-answer.changed": ["curated-answer.embed"],
  "admin-feedback.created": ["admin-feedback.analyze"],
  "admin-feedback.reverted": ["admin-feedback.measure"],
  "message.unanswered": ["unanswered-question.collect"],
  "message.rated": ["unanswered-question.collect"], // if its thumb is down
  "unanswered-question.opened": ["unanswered-question.draft"],
  "embedding-migration.created": ["embedding-migration.embed", "curated-answer.embed"],
  "embedding-migration.incomplete": ["embedding-migration.embed"],
  "embedding-migration.deleted": ["embedding-migration.clean"],
  "eval.created": ["eval.run"],
  "question-proposal.created": ["question-proposal.write"],
  "self-check.requested": ["self-check.run"],
  "end-user.erasure_requested": ["end-user.erase"],
};
