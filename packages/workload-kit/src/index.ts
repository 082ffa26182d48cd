// Code shared by workloads, besides the engine and the models: files that people write, files that people read, and
// words in a text.
export { answerQuestions } from "./guarded/answer-questions.js";
export {
  GuardedProcess,
  GuardedProcessEndedError,
  GuardedProcessFailedError,
  type GuardLimits,
} from "./guarded/guarded-process.js";
export { appendJournal, type JournalLine, pace, proofFields } from "./journal.js";
export { type Asked, type Asker, type AskerOptions, BudgetUsedUpError, openAsker } from "./model/asker.js";
export { addUse, type Made, type ModelUse, madeWith, totalUse, wordUse } from "./model/usage.js";
export { describeProblem, type WrittenProblem } from "./problem.js";
export { type Random, rowRandom } from "./random.js";
export {
  createLexiconClassifier,
  type LexiconHit,
} from "./text/lexicon.js";
export { splitWords } from "./text/words.js";
export { nearestKey, showValue, valueAt } from "./wording.js";
export { type WorkbookCell, type WorkbookOptions, writeWorkbook } from "./workbook.js";
export { type LineOf, readWrittenYaml, type WrittenYaml, type YamlSubject } from "./written-yaml.js";
