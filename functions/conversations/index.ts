import { expireConversations } from "./conversation.expire.ts";
import { getConversation } from "./conversation.get.ts";
import { listAllConversations } from "./conversation.list.ts";
import { archiveOldMessages } from "./message.archive.ts";
import { listConversationMessages } from "./message.list.ts";

export const endpoints = [listAllConversations, getConversation, listConversationMessages];

export const crons = [expireConversations, archiveOldMessages];
