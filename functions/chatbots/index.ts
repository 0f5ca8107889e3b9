import { analyzeFeedback } from "./admin-feedback.analyze.ts";
import { applyFeedback } from "./admin-feedback.apply.ts";
import { createAdminFeedback } from "./admin-feedback.create.ts";
import { getAdminFeedback } from "./admin-feedback.get.ts";
import { listAllAdminFeedback } from "./admin-feedback.list.ts";
import { measureFeedback } from "./admin-feedback.measure.ts";
import { previewAdminFeedback } from "./admin-feedback.preview.ts";
import { rejectFeedback } from "./admin-feedback.reject.ts";
import { revertFeedback } from "./admin-feedback.revert.ts";
import { scheduleImpacts } from "./admin-feedback.schedule.ts";
import { downloadAttachment } from "./attachment.download.ts";
import { expireWaitingAttachments } from "./attachment.expire.ts";
import { getAttachment } from "./attachment.get.ts";
import { uploadAttachment } from "./attachment.upload.ts";
import { createChatCompletion } from "./chat-completion.create.ts";
import { assignChatbotDocuments } from "./chatbot.assign.ts";
import { createChatbot } from "./chatbot.create.ts";
import { removeChatbot } from "./chatbot.delete.ts";
import { listChatbotDocuments } from "./chatbot.documents.ts";
import { getChatbot } from "./chatbot.get.ts";
import { listAllChatbots } from "./chatbot.list.ts";
import { unassignChatbotDocument } from "./chatbot.unassign.ts";
import { changeChatbot } from "./chatbot.update.ts";
import { diffChatbotRevisions } from "./chatbot-revision.diff.ts";
import { getChatbotRevision } from "./chatbot-revision.get.ts";
import { listChatbotRevisions } from "./chatbot-revision.list.ts";
import { restoreChatbotRevision } from "./chatbot-revision.restore.ts";
import { resetChunkingSettings } from "./chunking-settings.delete.ts";
import { listChunkingSettings } from "./chunking-settings.list.ts";
import { replaceChunkingSettings } from "./chunking-settings.replace.ts";
import { createCuratedAnswer } from "./curated-answer.create.ts";
import { removeCuratedAnswer } from "./curated-answer.delete.ts";
import { embedCuratedAnswers } from "./curated-answer.embed.ts";
import { getCuratedAnswer } from "./curated-answer.get.ts";
import { listAllCuratedAnswers } from "./curated-answer.list.ts";
import { matchCuratedAnswer } from "./curated-answer.match.ts";
import { changeCuratedAnswer } from "./curated-answer.update.ts";
import { listDocumentChanges } from "./document.changes.ts";
import { listDocumentChunks } from "./document.chunks.ts";
import { removeDocument } from "./document.delete.ts";
import { embedDocument } from "./document.embed.ts";
import { fetchDocument } from "./document.fetch.ts";
import { getDocument } from "./document.get.ts";
import { importDocuments } from "./document.import.ts";
import { ingestDocument } from "./document.ingest.ts";
import { listAllDocuments } from "./document.list.ts";
import { previewDocument } from "./document.preview.ts";
import { replaceContent } from "./document.replace.ts";
import { reprocessDocument } from "./document.reprocess.ts";
import { readDocuments } from "./document.statistics.ts";
import { changeDocument } from "./document.update.ts";
import { uploadDocument } from "./document.upload.ts";
import { createEmbedding } from "./embedding.create.ts";
import { stopEval } from "./eval.cancel.ts";
import { createEval } from "./eval.create.ts";
import { getEval } from "./eval.get.ts";
import { listAllEvals } from "./eval.list.ts";
import { listResults } from "./eval.results.ts";
import { runEval } from "./eval.run.ts";
import { checkFiles } from "./file.check.ts";
import { scheduleFiles } from "./file.schedule.ts";
import { createFileCheck } from "./file-check.create.ts";
import { getFileCheck } from "./file-check.get.ts";
import { createGoldenQuestion } from "./golden-question.create.ts";
import { removeGoldenQuestion } from "./golden-question.delete.ts";
import { exportGoldenQuestions } from "./golden-question.export.ts";
import { getGoldenQuestion } from "./golden-question.get.ts";
import { importGolden } from "./golden-question.import.ts";
import { listAllGoldenQuestions } from "./golden-question.list.ts";
import { changeGoldenQuestion } from "./golden-question.update.ts";
import { regenerateMessage } from "./message.regenerate.ts";
import { sendMessage } from "./message.send.ts";
import { getMessageTrace } from "./message.trace.ts";
import { getModel } from "./model.get.ts";
import { listModels } from "./model.list.ts";
import { createProduct } from "./product.create.ts";
import { removeProduct } from "./product.delete.ts";
import { embedProduct } from "./product.embed.ts";
import { getProduct } from "./product.get.ts";
import { listAllProducts } from "./product.list.ts";
import { changeProduct } from "./product.update.ts";
import { createQuestionProposal } from "./question-proposal.create.ts";
import { getQuestionProposal } from "./question-proposal.get.ts";
import { writeProposal } from "./question-proposal.write.ts";
import { runSelfCheck } from "./self-check.run.ts";
import { scheduleSelfCheck } from "./self-check.schedule.ts";
import { approveUnansweredQuestion } from "./unanswered-question.approve.ts";
import { collectUnanswered } from "./unanswered-question.collect.ts";
import { draftUnanswered } from "./unanswered-question.draft.ts";
import { getUnansweredQuestion } from "./unanswered-question.get.ts";
import { listUnansweredQuestions } from "./unanswered-question.list.ts";
import { retestUnansweredQuestion } from "./unanswered-question.retest.ts";
import { changeUnansweredQuestion } from "./unanswered-question.update.ts";
import { previewUpload } from "./upload.preview.ts";
import { fetchWebPage } from "./web-page.fetch.ts";
import { getWebPage } from "./web-page.get.ts";
import { changeWebPage } from "./web-page.update.ts";
import { scheduleSources } from "./web-source.schedule.ts";
import { createWebsite } from "./website.create.ts";
import { removeWebsite } from "./website.delete.ts";
import { getWebsite } from "./website.get.ts";
import { listAllWebsites } from "./website.list.ts";
import { listWebsitePages } from "./website.pages.ts";
import { readWebsite } from "./website.read.ts";
import { refreshWebsite } from "./website.refresh.ts";

export const endpoints = [
  createProduct,
  listAllProducts,
  getProduct,
  changeProduct,
  removeProduct,
  uploadDocument,
  importDocuments,
  listAllDocuments,
  readDocuments,
  listDocumentChanges,
  getDocument,
  listDocumentChunks,
  changeDocument,
  replaceContent,
  removeDocument,
  reprocessDocument,
  fetchDocument,
  getWebPage,
  changeWebPage,
  createWebsite,
  listAllWebsites,
  getWebsite,
  listWebsitePages,
  refreshWebsite,
  removeWebsite,
  previewUpload,
  previewDocument,
  createFileCheck,
  getFileCheck,
  listChunkingSettings,
  replaceChunkingSettings,
  resetChunkingSettings,
  createChatbot,
  listAllChatbots,
  getChatbot,
  changeChatbot,
  removeChatbot,
  listChatbotRevisions,
  getChatbotRevision,
  diffChatbotRevisions,
  restoreChatbotRevision,
  listChatbotDocuments,
  assignChatbotDocuments,
  unassignChatbotDocument,
  createCuratedAnswer,
  listAllCuratedAnswers,
  matchCuratedAnswer,
  getCuratedAnswer,
  changeCuratedAnswer,
  removeCuratedAnswer,
  listUnansweredQuestions,
  getUnansweredQuestion,
  changeUnansweredQuestion,
  approveUnansweredQuestion,
  retestUnansweredQuestion,
  createAdminFeedback,
  listAllAdminFeedback,
  getAdminFeedback,
  previewAdminFeedback,
  applyFeedback,
  rejectFeedback,
  revertFeedback,
  createGoldenQuestion,
  listAllGoldenQuestions,
  importGolden,
  exportGoldenQuestions,
  createQuestionProposal,
  getQuestionProposal,
  getGoldenQuestion,
  changeGoldenQuestion,
  removeGoldenQuestion,
  createEval,
  listAllEvals,
  getEval,
  listResults,
  stopEval,
  uploadAttachment,
  getAttachment,
  downloadAttachment,
  sendMessage,
  regenerateMessage,
  getMessageTrace,
  createChatCompletion,
  listModels,
  getModel,
  createEmbedding,
];

export const jobs = [
  ingestDocument,
  embedDocument,
  embedProduct,
  fetchWebPage,
  readWebsite,
  checkFiles,
  runSelfCheck,
  embedCuratedAnswers,
  collectUnanswered,
  draftUnanswered,
  analyzeFeedback,
  measureFeedback,
  runEval,
  writeProposal,
];
export const crons = [scheduleSources, scheduleFiles, scheduleSelfCheck, scheduleImpacts, expireWaitingAttachments];
