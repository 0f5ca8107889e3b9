import { assignChatbotDocuments } from "./chatbot.assign.ts";
import { createChatbot } from "./chatbot.create.ts";
import { removeChatbot } from "./chatbot.delete.ts";
import { listChatbotDocuments } from "./chatbot.documents.ts";
import { getChatbot } from "./chatbot.get.ts";
import { listAllChatbots } from "./chatbot.list.ts";
import { unassignChatbotDocument } from "./chatbot.unassign.ts";
import { changeChatbot } from "./chatbot.update.ts";
import { listDocumentChunks } from "./document.chunks.ts";
import { removeDocument } from "./document.delete.ts";
import { embedDocument } from "./document.embed.ts";
import { getDocument } from "./document.get.ts";
import { ingestDocument } from "./document.ingest.ts";
import { listAllDocuments } from "./document.list.ts";
import { replaceContent } from "./document.replace.ts";
import { reprocessDocument } from "./document.reprocess.ts";
import { changeDocument } from "./document.update.ts";
import { uploadDocument } from "./document.upload.ts";
import { sendMessage } from "./message.send.ts";
import { createProduct } from "./product.create.ts";
import { removeProduct } from "./product.delete.ts";
import { embedProduct } from "./product.embed.ts";
import { getProduct } from "./product.get.ts";
import { listAllProducts } from "./product.list.ts";
import { changeProduct } from "./product.update.ts";

export const endpoints = [
  createProduct,
  listAllProducts,
  getProduct,
  changeProduct,
  removeProduct,
  uploadDocument,
  listAllDocuments,
  getDocument,
  listDocumentChunks,
  changeDocument,
  replaceContent,
  removeDocument,
  reprocessDocument,
  createChatbot,
  listAllChatbots,
  getChatbot,
  changeChatbot,
  removeChatbot,
  listChatbotDocuments,
  assignChatbotDocuments,
  unassignChatbotDocument,
  sendMessage,
];

export const jobs = [ingestDocument, embedDocument, embedProduct];
