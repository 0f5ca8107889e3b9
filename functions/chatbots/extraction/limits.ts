/** Limits of extraction and chunking; the unit stands in the name. Figures are for a worker of 128 MB. */

export const documentSizeBytesMax = 25 * 1024 * 1024;
export const pdfPagesMax = 5_000;
export const pdfTextCharsMax = 30_000_000;

/** How much of a file is looked at to tell its kind and its encoding. */
export const detectionSampleBytes = 4_096;
export const encodingSampleBytes = 65_536;

/** Pages on either side of a page that decide whether its first and last lines are a running header or footer. */
export const runningLineWindowPages = 4;

/**
 * micromark takes 200 s for 2,000 lists inside each other and 28 s for a line of 10,000 list marks, so a line keeps at
 * most this many columns of indentation and this many marks of lists and quotes. Nobody writes more by hand.
 */
export const markdownIndentColumnsMax = 48;
export const markdownMarksPerLineMax = 16;
/** The Markdown parser takes 2 to 20 s and 400 MB for 1 MB in one piece; in such pieces 1 to 3 s and little memory. */
export const markdownPieceChars = 8_192;
/** Longer Markdown is read as plain text: a worker has 30 s. */
export const markdownCharsMax = 5_000_000;

export const chunkTargetTokens = 400;
export const chunkMaxTokens = 512;
/** Blanks cost no tokens; a passage is no longer than this for all that. */
export const chunkCharsMax = 16_384;
/** A run without any line break is handed to the sentence splitter in slices of this size. */
export const sentenceSliceChars = 16_384;
