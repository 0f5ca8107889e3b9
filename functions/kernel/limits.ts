/** Every limit of the API and of its work, with its unit in the name. Validation and documentation read the same numbers. */
export const LIMITS = {
  /** As in wrangler.toml: requests of one caller, for each Cloudflare location. */
  requestsPerMinute: 60_000,
  /** The same, of one end user of that caller. */
  endUserRequestsPerMinute: 60,
  /** How long a request waits for a rate limiter, which answers within a few of them. */
  rateLimiterMs: 500,
  jsonBodyBytesMax: 1_000_000,
  fileBytesMax: 25 * 1024 * 1024,
  /** Of one request, together no larger than one may be. */
  filesMax: 50,
  /** A document given as text in JSON. */
  documentTextCharsMax: 900_000,
  questionCharsMax: 20_000,
  nameCharsMax: 255,
  textCharsMax: 20_000,
  idempotencyKeyCharsMax: 255,
  idempotencyLockMs: 120_000,
  pageSizeMax: 100,
  pageSizeDefault: 20,
  /** A tenant with so many entries in a corpus gets a shelf, with a graph, of its own. */
  ownShelfEntriesMin: 10_000,
  searchResultsMax: 100,
  searchResultsDefault: 10,
  neighboursMax: 5,
  idsMax: 100,
  jsonValueCharsMax: 20_000,
  scopesMax: 50,

  /** Of an address that is kept, as it is escaped: an index takes no longer one. */
  urlCharsMax: 2_048,
  websitePagesMax: 10_000,
  websitePagesDefault: 500,
  /** Of one page, with its redirects. */
  webPageTimeoutMs: 20_000,
  /** Of all files of a website's sitemap together. */
  sitemapTimeoutMs: 120_000,

  databaseTimeoutMs: 15_000,
  /** One model call with its retries. */
  modelDeadlineMs: 60_000,
  modelAttemptsMax: 5,
  /** Where another model can take over: tries, and how long an answer may take to begin. */
  modelAttemptsBeforeFallback: 2,
  fallbackAfterMs: 10_000,
  /** A model that failed so often in a row is passed over for a while. */
  modelFailuresMax: 3,
  circuitOpenMs: 30_000,
  /** Silence in a stream after which the model counts as gone. */
  modelIdleMs: 30_000,
  /** Titan takes 8,192 tokens, and of some scripts each character is one. */
  embeddingCharsMax: 8_000,
  /** Of one request. A worker may ask others 1,000 times, and Titan takes one text a call. */
  embeddingInputsMax: 512,
  /** Of one request or job: embeddings and completions. */
  embeddingCallsAtOnce: 4,
  /** Of one call, which is billed as one query up to so many. */
  rerankDocumentsMax: 100,
  /** How many of a search's best are put in order anew, at least. */
  rerankedMin: 50,
  /** The reranker reads 4,096 tokens, question and document together. */
  rerankCharsMax: 4_000,
  /** A search waits no longer for its meaning, or to be put in a better order: it answers without. */
  questionEmbeddingDeadlineMs: 8_000,
  rerankDeadlineMs: 5_000,
  /** A page of small print has some 4,000 tokens of text. */
  recognitionTokensMax: 8_192,
  recognitionDeadlineMs: 90_000,
  recognizedCharsMax: 100_000,
  /** What a page is counted as, picture and text, before it is read. */
  recognitionInputTokensMax: 10_000,
  /** What a call may cost is held for so long when its worker dies; no call takes longer. */
  reservationSeconds: 300,
  /** A job that a budget does not hold is tried again then, or when the budget begins anew. */
  budgetRetrySeconds: 3_600,
  /** Facts come late by some minutes; a day more is for clocks. */
  metricsRolledUpDays: 3,
  /** Chatbots have figures of the last 30 days; a day more, and they are of nothing. */
  metricsScheduledDays: 32,
  /** Of a report; a leap year. */
  usageDaysMax: 366,
  usageGroupsMax: 1_000,
  /** Of a report as a file. */
  usageRowsMax: 10_000,
  chunksPerEmbeddingJob: 64,
  /** Of a document's next version, in one run: each run reads all of it again. A worker may ask others 1,000 times. */
  textsEmbeddedAhead: 512,
  /** Of those whose text was embedded before: no model is called for them. */
  cachedChunksPerEmbeddingJob: 1_000,
  chunksPerBatch: 200,
  /** New chunks of a document's next version that take the place of the old ones in one transaction. */
  chunksPublishedAtOnce: 500,
  /** Of a document: each is a call to a model. */
  recognizedPagesMax: 500,
  recognizedPagesPerRun: 8,
  prefixesPerRun: 32,
  chunkTokensMin: 50,
  chunkTokensMax: 2_000,
  /** Read and cut while the caller waits; of a PDF, Office file or book most bytes are no text. */
  previewBytesMax: 10 * 1024 * 1024,
  previewTextBytesMax: 2 * 1024 * 1024,
  previewCharsMax: 2_000_000,
  previewChunksMax: 200,
  prefixCharsMax: 300,
  /** Deleted in one transaction, when a model is given up. */
  vectorsPerCleaning: 5_000,
  testQueriesMax: 100,
  /** Of one comparison of models, in one statement: each is compared with every entry. */
  testQueriesPerBatch: 5,

  /** Nobody's bytes go when they are so old: no upload that may still write its row takes as long. */
  orphanAgeHours: 24,
  /** Of what is told of a check of files. */
  missingFilesMax: 100,
  searchLogDays: 180,
  indexChecksDays: 90,

  jobLeaseSeconds: 120,
  jobAttemptsMax: 5,
  jobWaitingSeconds: 60,
  jobsPerSweep: 100,
  /** Cloudflare's queues hold a message back no longer. */
  queueDelaySecondsMax: 43_200,

  /** An answer that is not stored again for so long was left by its worker. */
  answerLeaseSeconds: 30,
  answerCheckpointMs: 2_000,
  /** How long an answer is still written after its reader has left; Workers allow 30 s. */
  answerAfterDisconnectMs: 25_000,
  answerTokensMax: 1_024,
  /** Of one chatbot's answer; as a message holds it. */
  answerCharsMax: 100_000,
  /** A rewritten question that comes later helps nobody: the question is asked as it is. */
  rewriteDeadlineMs: 3_000,
  rewriteTokensMax: 200,
  rewriteCharsMax: 1_000,
  blockedTopicsMax: 100,
  /** How old what is known of the sources may be when one is quoted. */
  sourcesFreshMs: 2_000,
  /** Of what a model said, in a trace. */
  tracedCharsMax: 8_000,
  tracedQuoteCharsMax: 200,
  citationsMax: 100,
  quoteCharsMax: 2_000,
  /** Of one chatbot: all of them are compared with each question, some 2 µs a wording. */
  curatedAnswersMax: 2_000,
  curatedWordingsMax: 20,
  curatedQuestionCharsMax: 2_000,
  curatedSourcesMax: 20,
  feedbackCharsMax: 5_000,
  suggestionsMax: 10,
  /** Before and after feedback was applied. */
  impactDays: 7,
  historyMessagesMax: 10,
  /** Of one question; as many of its conversation are shown to the model. */
  attachmentsMax: 5,
  /** Of one, read while the caller waits; of a text `previewTextBytesMax`. */
  attachmentBytesMax: 10 * 1024 * 1024,
  /** Of what it says, so much is kept and can be shown. */
  attachmentTokensMax: 50_000,
  /** Its pages that are pictures: each is a call to a model, within that time. */
  attachmentPagesRecognizedMax: 8,
  attachmentRecognitionMs: 45_000,
  /** After which one that no question took is deleted. */
  attachmentWaitsHours: 24,
  attachmentsForgottenAtOnce: 1_000,
  /** Messages before a question whose attachments are shown with it. */
  attachmentReachMessages: 20,
  /** Of one conversation, given or waiting for the one before. */
  answersAtOnce: 20,
  /** How long an answer waits for the one before it; then it is given without. */
  answerWaitsMs: 15_000,
  answerWaitPollMs: 300,
  /** Copied in one transaction. */
  branchMessagesMax: 2_000,
  transcriptMessagesMax: 2_000,
  excerptCharsAround: 150,
  /** Of an organization the newest are found by meaning: all are compared, 1 to 2 µs each. */
  messagesEmbeddedMax: 100_000,
  /** Of each half of a hybrid search. */
  messagesFused: 100,
  tagsMax: 50,
  clientsForgottenAtOnce: 5_000,
  /** Of one chat completion, and of what `/v1/models` tells. */
  chatMessagesMax: 1_000,
  modelsMax: 1_000,
  /** Questions that a question is searched with, as it may only hint at them. */
  earlierQuestionsMax: 2,
  streamCommentMs: 10_000,
  /** A feed ends then, so that its reader comes back to a worker that is up to date. A worker may ask others 1,000 times. */
  feedMs: 45_000,
  feedPollMs: 1_000,
  feedPollsMax: 500,
  feedRetryMs: 1_000,

  /** Of one request. */
  goldenQuestionsAtOnce: 1_000,
  goldenFileBytesMax: 10 * 1024 * 1024,
  evalQuestionsMax: 10_000,
  expectedFactsMax: 20,
  expectedSourcesMax: 50,
  /** How long a run of the job asks question after question, and how many: a worker may ask others 1,000 times. */
  evalSliceMs: 20_000,
  evalQuestionsPerSlice: 25,
  evalAnswerMs: 90_000,
  /** Tries of a slice, after which a question whose model does not answer has failed, and the others go on. */
  evalAttemptsMax: 3,
  judgeTokensMax: 2_000,
  judgeReasonCharsMax: 500,
  /** Of each kind, in a comparison of two evals. */
  comparedQuestionsMax: 200,
  proposedQuestionsMax: 100,
  proposalChunksPerSlice: 16,

  /** A self-check that takes longer has failed. */
  selfCheckMs: 900_000,
  /** Between two runs of a cron by hand, whoever asks. */
  cronPauseSeconds: 10,

  /** What takes longer becomes an event. */
  slowRequestMs: 10_000,
  slowJobMs: 30_000,
  /** Of one batch of statements, as the worker waits for it. */
  slowQueryMs: 2_000,
  slowQueriesMax: 20,
  slowQueryCharsMax: 500,

  /** In one transaction each. */
  conversationsTakenOutAtOnce: 100,
  messagesTakenOutAtOnce: 400,
  documentsTakenOutAtOnce: 1,
  attachmentsTakenOutAtOnce: 10,
  callsForgottenAtOnce: 5_000,
  namesForgottenAtOnce: 10_000,
  /** How long one request, or one run of a job, goes on with an erasure or a retention. */
  takingOutMs: 10_000,
  /** A conversation that is over stays at hand at least as long as daily metrics are made anew from it, and a day more. */
  atHandDaysMin: 4,
  keptDaysMax: 3_650,
  conversationsExpiredAtOnce: 1_000,
  messagesArchivedAtOnce: 5_000,
  callsArchivedAtOnce: 10_000,
  /** Of one run of a cron; a worker may ask others 1,000 times, and runs those of a schedule at once. */
  maintenanceMs: 60_000,
  maintenanceStepsMax: 200,
  /** When a job that waits for somebody else's work looks again. */
  jobLaterSeconds: 5,
  exportedAtOnce: 500,
  /** Of a file, in one line. */
  exportedBytesAtOnce: 1024 * 1024,

  webhookTypesMax: 50,
  /** Of Standard Webhooks: 15 to 30 s, and less than 20 kB. */
  webhookTimeoutMs: 15_000,
  webhookBytesMax: 20_000,
  /** After each try of an event that failed, the next but for the jitter; after the last of them it is given up. */
  webhookRetrySeconds: [5, 300, 1_800, 7_200, 18_000, 36_000, 50_400, 72_000, 86_400],
  webhookRetryJitter: 0.1,
  /** Of what an endpoint answers, so much is kept. */
  webhookResponseCharsMax: 1_000,
  webhooksPerRun: 50,
  webhookRunMs: 10_000,
  webhooksReplayedAtOnce: 10_000,
  /** How long two secrets sign. */
  webhookSecretOverlapHours: 24,
  webhookDeliveriesKeptDays: 30,
  webhookDeliveriesForgottenAtOnce: 50_000,
} as const;
