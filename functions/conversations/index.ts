import { getConversation } from "./conversation.get.ts";
import { listAllConversations } from "./conversation.list.ts";
import { listConversationMessages } from "./message.list.ts";

export const endpoints = [listAllConversations, getConversation, listConversationMessages];
