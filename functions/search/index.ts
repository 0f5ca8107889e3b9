import { expireEmbeddingCache } from "./embedding-cache.expire.ts";
import { cleanMigration } from "./embedding-migration.clean.ts";
import { compareEmbeddingModels } from "./embedding-migration.compare.ts";
import { createEmbeddingMigration } from "./embedding-migration.create.ts";
import { deleteEmbeddingMigration } from "./embedding-migration.delete.ts";
import { embedMigration } from "./embedding-migration.embed.ts";
import { getEmbeddingMigration } from "./embedding-migration.get.ts";
import { listEmbeddingMigrations } from "./embedding-migration.list.ts";
import { switchEmbeddingModel } from "./embedding-migration.switch.ts";
import { checkIndex } from "./index.check.ts";
import { scheduleChecks } from "./index.schedule.ts";
import { createIndexCheck } from "./index-check.create.ts";
import { listChecks } from "./index-check.list.ts";
import { judgeSearch } from "./search.feedback.ts";
import { searchEverything } from "./search.query.ts";
import { readStatistics } from "./search.statistics.ts";
import { summarizeSearchDays } from "./search.summarize.ts";
import { expireSearches } from "./search-log.expire.ts";
import { listSearchSettings } from "./search-settings.list.ts";
import { updateSearchSettings } from "./search-settings.update.ts";
import { moveLargeTenants } from "./shelf.move.ts";

export const endpoints = [
  createEmbeddingMigration,
  listEmbeddingMigrations,
  getEmbeddingMigration,
  compareEmbeddingModels,
  switchEmbeddingModel,
  deleteEmbeddingMigration,
  createIndexCheck,
  listChecks,
  searchEverything,
  judgeSearch,
  readStatistics,
  listSearchSettings,
  updateSearchSettings,
];
export const jobs = [checkIndex, embedMigration, cleanMigration];
export const crons = [scheduleChecks, moveLargeTenants, expireEmbeddingCache, summarizeSearchDays, expireSearches];
