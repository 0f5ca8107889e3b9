import { expireClients } from "./client.expire.ts";
import { branchConversation } from "./conversation.branch.ts";
import { endOneConversation } from "./conversation.end.ts";
import { escalateConversation } from "./conversation.escalate.ts";
import { expireConversations } from "./conversation.expire.ts";
import { exportAllConversations } from "./conversation.export.ts";
import { getConversation } from "./conversation.get.ts";
import { handConversationBack } from "./conversation.handback.ts";
import { listAllConversations } from "./conversation.list.ts";
import { takeConversationOver } from "./conversation.takeover.ts";
import { transcribeConversation } from "./conversation.transcribe.ts";
import { changeOneConversation } from "./conversation.update.ts";
import { archiveOldMessages } from "./message.archive.ts";
import { createMessage } from "./message.create.ts";
import { embedMessages } from "./message.embed.ts";
import { listConversationMessages } from "./message.list.ts";
import { scheduleEmbeddings } from "./message.schedule.ts";
import { searchAllMessages } from "./message.search.ts";
import { removeFeedback } from "./message-feedback.delete.ts";
import { listMessageFeedback } from "./message-feedback.list.ts";
import { saveFeedback } from "./message-feedback.save.ts";

export const endpoints = [
  listAllConversations,
  exportAllConversations,
  getConversation,
  transcribeConversation,
  changeOneConversation,
  endOneConversation,
  branchConversation,
  escalateConversation,
  takeConversationOver,
  handConversationBack,
  listConversationMessages,
  createMessage,
  searchAllMessages,
  saveFeedback,
  removeFeedback,
  listMessageFeedback,
];

export const jobs = [embedMessages];

export const crons = [expireConversations, expireClients, archiveOldMessages, scheduleEmbeddings];
