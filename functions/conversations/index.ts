import { branchConversation } from "./conversation.branch.ts";
import { endOneConversation } from "./conversation.end.ts";
import { escalateConversation } from "./conversation.escalate.ts";
import { expireConversations } from "./conversation.expire.ts";
import { getConversation } from "./conversation.get.ts";
import { handConversationBack } from "./conversation.handback.ts";
import { listAllConversations } from "./conversation.list.ts";
import { takeConversationOver } from "./conversation.takeover.ts";
import { changeOneConversation } from "./conversation.update.ts";
import { archiveOldMessages } from "./message.archive.ts";
import { createMessage } from "./message.create.ts";
import { listConversationMessages } from "./message.list.ts";

export const endpoints = [
  listAllConversations,
  getConversation,
  changeOneConversation,
  endOneConversation,
  branchConversation,
  escalateConversation,
  takeConversationOver,
  handConversationBack,
  listConversationMessages,
  createMessage,
];

export const crons = [expireConversations, archiveOldMessages];
