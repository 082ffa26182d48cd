// Second entry of the kit: the sources that users give a workload, read in a separate process, and the words and
// numbers in their text. Separate from the first entry, since it loads the parsers' type outlines.
export { collapse } from "./sources/blocks.js";
export { SOURCE_LIMITS } from "./sources/limits.js";
export { type Candidate, DUPLICATE_COSINE, diversify, openPassageIndex, type Ranked } from "./sources/rank-passages.js";
export type { Passage, SourceDocument } from "./sources/read-source.js";
export { ReadingProcess } from "./sources/reading-process.js";
export type { ReadDocument } from "./sources/reading-protocol.js";
export {
  type ListingOptions,
  listSources,
  SOURCE_FORMATS,
  type SourceFile,
  type SourceListing,
  toSourcePaths,
} from "./sources/source-files.js";
export { SourceUnreadableError } from "./sources/source-unreadable.js";
export { cleanText, cleanTexts } from "./text/clean-text.js";
export { inventedNumbers, numbersOf } from "./text/numbers.js";
export { cosine, countTerms, isStopWord, stem, stopWordShare, termsOf } from "./text/terms.js";
