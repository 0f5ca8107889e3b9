import { deleteEndUser } from "./end-user.delete.ts";
import { eraseEndUser } from "./end-user.erase.ts";
import { exportEndUser } from "./end-user.export.ts";
import { listAllEvents } from "./event.list.ts";
import { streamEvents } from "./event.stream.ts";
import { discardFailedJob } from "./failed-job.discard.ts";
import { listAllFailedJobs } from "./failed-job.list.ts";
import { replayFailedJob } from "./failed-job.replay.ts";
import { expireIdempotencyKeys } from "./idempotency.expire.ts";
import { sweepJobs } from "./job.sweep.ts";
import { createKey } from "./key.create.ts";
import { getKey } from "./key.get.ts";
import { listKeys } from "./key.list.ts";
import { revokeKey } from "./key.revoke.ts";
import { changeKey } from "./key.update.ts";
import { listMaintenance } from "./maintenance.list.ts";
import { runMaintenance } from "./maintenance.run.ts";
import { createMember } from "./member.create.ts";
import { removeMember } from "./member.delete.ts";
import { getMember } from "./member.get.ts";
import { listAllMembers } from "./member.list.ts";
import { getOwnMember } from "./member.me.ts";
import { changeMember } from "./member.update.ts";
import { sweepMessages } from "./message.sweep.ts";
import { getOperations } from "./operations.get.ts";
import { getOrganization } from "./organization.get.ts";
import { updateOwnOrganization } from "./organization.update.ts";
import { makeMonthPartitions } from "./partitions.make.ts";
import { applyRetention } from "./retention.apply.ts";
import { scheduleRetentions } from "./retention.schedule.ts";
import { foldSearchStatistics } from "./statistics.fold.ts";
import { refreshDatabaseStatistics } from "./statistics.refresh.ts";

export const endpoints = [
  getOrganization,
  updateOwnOrganization,
  createMember,
  listAllMembers,
  getOwnMember, // before the path with an id
  getMember,
  changeMember,
  removeMember,
  createKey,
  listKeys,
  getKey,
  changeKey,
  revokeKey,
  listAllEvents,
  streamEvents,
  listAllFailedJobs,
  replayFailedJob,
  discardFailedJob,
  getOperations,
  listMaintenance,
  runMaintenance,
  deleteEndUser,
  exportEndUser,
];

export const jobs = [eraseEndUser, applyRetention];

export const crons = [
  sweepJobs,
  sweepMessages,
  foldSearchStatistics,
  expireIdempotencyKeys,
  makeMonthPartitions,
  refreshDatabaseStatistics,
  scheduleRetentions,
];
