/** What a user imports: workflows, opening a Holdfast, the configuration of a project, and the errors. */
export * from "@holdfast/core";
export * from "@holdfast/engine";
export { defineConfig, type HoldfastConfig, type Settings } from "./config.js";
export type {
  ComparedRun,
  ComparisonReport,
  ComparisonScope,
  Generated,
  Generator,
  GeneratorContext,
  GeneratorOption,
  GeneratorValues,
  LoadComparison,
  RunComparison,
} from "./extensions.js";
export { type CsvValue, csvCell, csvLine } from "./files/csv.js";
export { visibleControls } from "./files/visible-controls.js";
export { type WholeFileOptions, writeWholeFile, writeWholeText } from "./files/whole-file.js";
export { type OpenOptions, openHoldfast } from "./open.js";
export type { ApiKey, AuthSettings, JwtIssuer, ServerSettings } from "./server-settings.js";
export type { LoadWorkflow, Workflows } from "./workflow-loading.js";
