/**
 * What a project adds to the command beside its workflows (generators of sample data, comparisons of two runs, workflows that
 * are loaded when they are needed), and the files and words that stages and generators write.
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
