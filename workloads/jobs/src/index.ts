// Public surface of the jobs: each by itself, and a list of them for a program that offers them all.
export type { AnalysisResult } from "./analysis/report.js";
export { analysisJob } from "./analysis/workflow.js";
export { type JobsOptions, jobs } from "./jobs.js";
export { RECOVERY } from "./recovery.js";
export type { ResearchResult } from "./research/result.js";
export { type ResearchJobOptions, researchJob } from "./research/workflow.js";
export { type TradeInput, tradeInput } from "./trade/input/input.js";
export type { TradeResult } from "./trade/report/stage.js";
export { trade } from "./trade/workflow.js";
