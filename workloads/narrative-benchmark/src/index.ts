// Public surface of the narrative benchmark: everything around the workflow, as functions over plain data.
export { compareExperiments } from "./compare.js";
export { type ConfigDifference, type DifferenceKind, describeDifference, diffConfig } from "./config/drift.js";
export { checkConfig, type ParsedConfig, parseConfig } from "./config/parse.js";
export type { ResultModel } from "./config/parts.js";
export {
  type LocalMethod,
  localMethod,
  type OperationalConfig,
  operationalConfig,
  type ResultConfig,
  resultConfig,
} from "./config/parts.js";
export { ConfigError, type ConfigProblem, describeProblem } from "./config/problem.js";
export { type Columns, DEFAULT_COLUMNS, type ExperimentConfig } from "./config/schema.js";
export { DataFileMissingError, dataFileCandidates, prepareDataFile } from "./data/data-file.js";
export { correctness, EXPORT_COLUMNS, type ExportRow } from "./export/rows.js";
export { writeCsvExport, writeJsonExport } from "./export/write.js";
export { type GenerateOptions, generateNarratives, type NarrativeRow } from "./generate/cases.js";
export { type WriteNarrativesOptions, writeNarratives } from "./generate/write.js";
export { type NarrativeBenchmarkInput, narrativeBenchmarkInput } from "./input.js";
export { detectIpv } from "./local/ipv-baseline.js";
export { detectSpam } from "./local/spam-rules.js";
export { FoldedClassifier, foldOf } from "./local/trained.js";
export { type NarrativeItem, narrativesOf, RowError } from "./narratives/items.js";
export { CATEGORY_SPECS, ERROR_CATEGORIES, type ErrorCategory, isErrorCategory } from "./prompt/error-categories.js";
export { PLACEHOLDERS, type RenderedPrompt, renderPrompt } from "./prompt/template.js";
export type { IpvVerdict, SpamVerdict } from "./prompt/verdict.js";
export { readVerdict, TASKS, type Task, VERDICT_SCHEMAS, type Verdict, verdictJsonSchema } from "./prompt/verdict.js";
export type { ChangedItems } from "./score/compare.js";
export { type Comparison, whatChanged } from "./score/compare.js";
export type { Confusion, F1, Prediction, Scores } from "./score/confusion.js";
export { type McNemar, mcNemar } from "./score/mcnemar.js";
export { type ScoreReport, scorePredictions } from "./score/report.js";
export type { RetryGroup } from "./score/retry-bias.js";
export { type RetryBiasRow, retryBias } from "./score/retry-bias.js";
export { type Interval, type Proportion, wilsonInterval } from "./score/wilson.js";
export { MAIL_COUNT, MAIL_DATA_COLUMNS, type MailRow, readMails, writeMails } from "./spam/corpus.js";
export { LEAKING_HEADERS } from "./spam/message.js";
export { type NarrativeBenchmarkOptions, narrativeBenchmark, STAGES } from "./workflow.js";
