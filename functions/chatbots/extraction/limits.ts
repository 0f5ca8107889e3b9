/** Limits of extraction and chunking; the unit stands in the name. Figures are for a worker of 128 MB. */

export const documentSizeBytesMax = 25 * 1024 * 1024;
export const pdfPagesMax = 5_000;
export const pdfTextCharsMax = 30_000_000;
/**
 * pdf.js holds what a stream unpacks to twice over while it unpacks it; pages with 10 MB of drawing are rare. A stream takes
 * some 100 bytes at least, and what all of them unpack to may be no more than of an archive, see below.
 */
export const pdfStreamBytesMax = 32 * 1024 * 1024;
export const pdfStreamsMax = 100_000;
/** Each of them costs half a millisecond to find out. */
export const pdfDamagedStreamsMax = 2_000;
/**
 * How often pdf.js may look at the clock, see pdf/work.ts: twice or more for a form, once for a hundred operators, so a
 * page has room for 15,000 forms or 6 million operators. A look stands for 10 to 20 µs and up to 1 KB; the densest of
 * 1,775 pages of pdf.js's own tests and ours takes 31,400, the next 6,400, a usual one 60.
 */
export const pdfPageLooksMax = 60_000;
export const pdfLooksMax = 1_000_000;
/** Paragraphs, headings and the like of a text: 10 MB of single letters would be 3.5 million of them, and 855 MB. */
export const documentBlocksMax = 300_000;

/** What Bedrock's Converse takes of an image and of a document; of the two readings of MB the smaller. */
export const imageSizeBytesMax = 3_750_000;
export const imageSidePixelsMax = 8_000;
export const pdfPageSizeBytesMax = 4_500_000;

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

/** Of an archive such as DOCX or EPUB: what is read of it, unpacked, and how many members it may have. */
export const unpackedBytesMax = 200 * 1024 * 1024;
export const archiveMembersMax = 20_000;
/** A member this much larger than its packed form, and large, is a bomb: real office files pack to a tenth or a fiftieth. */
export const compressionRatioMax = 250;
export const ratioCheckedFromBytes = 5 * 1024 * 1024;
export const xmlDepthMax = 256;
/** Word's drawings have attributes of some 100,000. */
export const xmlTokenCharsMax = 1_000_000;
export const xmlAttributesCharsMax = 2_000_000;

/** PPTX and XLSX: text that is kept, and what a cell of a slide, a point of a chart or a comment costs beyond its text. */
export const officeTextCharsMax = 30_000_000;
export const officeItemCostChars = 100;
/** The same for cells of a sheet between empty rows. */
export const officeRegionCostChars = 50;
export const officeRelationshipsMax = 100_000;
/** The strings that a workbook's cells point to are held as UTF-8 while its sheets are read. */
export const sharedStringsBytesMax = 64 * 1024 * 1024;
export const sharedStringsMax = 4_000_000;
/** What Excel can hold. */
export const sheetColumnsMax = 16_384;
export const sheetRowsMax = 1_048_576;
/** 32,767 in Excel; other programs write more. */
export const sheetCellCharsMax = 1_000_000;
export const sheetMergesMax = 100_000;
/** A longer table goes on in a further block under the same header, so that it is not copied as a whole. */
export const tableBlockCharsMax = 1_000_000;
/**
 * A header heavier than this (ASCII counts 1, other characters 3) would not be repeated in passages (see pieces.ts), so
 * the table is told in strips of columns, each with the first column.
 */
export const tableHeaderWeightMax = 360;

/** Of EPUB: what is read of one chapter and of all of them, as markup, and the text that may come of it. */
export const epubChapterCharsMax = 8_000_000;
export const epubMarkupCharsMax = 40_000_000;
export const epubTextCharsMax = 30_000_000;
/** Parts, chapters of the table of contents and printed pages that a book may name; paths that are no longer than this. */
export const epubEntriesMax = 20_000;
export const epubPathCharsMax = 1_000;

/** Of JSON and delimited text: containers inside each other that are told apart; what lies deeper is told as it is written. */
export const jsonDepthMax = 16;
/** How much of an array or of delimited text is looked at to tell whether it is a table. */
export const recordSampleChars = 65_536;
/** Records as text, where each may repeat its keys: what comes of a file of 25 MB, a block counting as so many characters. */
export const recordCharsMax = 50_000_000;
export const recordBlockChars = 96;

/** Of a Word document: styles, lists or numberings that are taken note of. */
export const docxDefinitionsMax = 20_000;
/** Rows times columns of a table that is written as one. */
export const docxTableAreaMax = 2_000_000;
/** No page holds more; what seems to be one has breaks that are not noted in the file. */
export const docxPageCharsMax = 10_000;
