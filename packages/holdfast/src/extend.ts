/**
 * `holdfast/extend`: extensions of the command by a project (generators of sample data, comparisons of two runs, lazily loaded
 * workflows), and helpers for the files and texts that stages and generators write.
 */

export { addUsd, plural, seededRandom, type Unpriced, wordCost } from "@holdfast/core";
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
export { readColumns } from "./files/columns.js";
export { csvLine } from "./files/csv.js";
export { visibleControls } from "./files/visible-controls.js";
export { writeWholeFile, writeWholeText } from "./files/whole-file.js";
export type { LoadWorkflow, Workflows } from "./workflow-loading.js";
