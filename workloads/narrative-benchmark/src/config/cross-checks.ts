// Rules across settings or sections. Each checks only sections that are valid on their own, so each mistake is reported
// once, with its place in the file.

import { unknownPlaceholders, usesPlaceholder } from "../prompt/template.js";
import { cureFor } from "./cures.js";
import { isWords, sameWord } from "./label-words.js";
import type {
  Columns,
  DataSection,
  ExperimentSection,
  LabelWords,
  ModelSection,
  PromptSection,
  RunSection,
} from "./schema.js";

/** Sections that are valid; missing ones are undefined. `hasPrompt`: the file has the section, valid or not. */
export interface ValidSections {
  readonly experiment?: ExperimentSection | undefined;
  readonly model?: ModelSection | undefined;
  readonly prompt?: PromptSection | undefined;
  readonly data?: DataSection | undefined;
  readonly run?: RunSection | undefined;
  readonly hasPrompt: boolean;
}

export interface Finding {
  readonly path: readonly string[];
  readonly message: string;
  readonly cure: string;
}

export function crossCheck(sections: ValidSections): Finding[] {
  return [...checkModel(sections), ...checkPrompt(sections), ...checkData(sections), ...checkRun(sections)];
}

/** Model settings that the local method would silently ignore. */
const REMOTE_ONLY = [
  "name",
  "baseUrl",
  "apiKeyEnv",
  "temperature",
  "topP",
  "seed",
  "maxTokens",
  "timeoutMs",
  "rate",
  "price",
] as const;

function* checkModel({ model, experiment, hasPrompt }: ValidSections): Generator<Finding> {
  if (model === undefined) return;
  if (model.provider === "local") {
    for (const name of REMOTE_ONLY) {
      if (model[name] === undefined) continue;
      yield finding(
        `model.${name}`,
        "the local method has no such setting.",
        "remove it, or choose another `provider`.",
      );
    }
    if (experiment !== undefined) yield* checkMethod(model, experiment);
    return;
  }
  for (const name of ["method", "folds"] as const) {
    if (model[name] === undefined) continue;
    yield finding(
      `model.${name}`,
      `only the local method has it, not ${model.provider}.`,
      "remove it, or write `provider: local`.",
    );
  }
  if (model.name === undefined) yield finding("model.name", `${model.provider} needs it, but it is missing.`);
  if (model.provider === "openai-compatible" && model.baseUrl === undefined) {
    yield finding("model.baseUrl", "an openai-compatible endpoint needs it, but it is missing.");
  }
  if (!hasPrompt) yield finding("prompt", "a model needs a prompt, but the section is missing.");
}

function* checkMethod(model: ModelSection, { task }: ExperimentSection): Generator<Finding> {
  const rulesOfTask = task === "ipv" ? "lexicon" : "rules";
  if (model.method !== undefined && model.method !== "naive-bayes" && model.method !== rulesOfTask) {
    yield finding(
      "model.method",
      `\`${model.method}\` does not do task ${task}.`,
      `\`${rulesOfTask}\` or \`naive-bayes\`.`,
    );
  }
  if (model.folds !== undefined && model.method !== "naive-bayes") {
    yield finding("model.folds", "only `method: naive-bayes` has folds.", "remove it, or write `method: naive-bayes`.");
  }
}

function* checkPrompt({ prompt }: ValidSections): Generator<Finding> {
  if (prompt === undefined) return;
  if (!usesPlaceholder(prompt.template, "narrative")) {
    yield finding("prompt.template", "it never mentions {{narrative}}, so every answer would be about nothing.");
  }
  for (const part of ["system", "template"] as const) {
    for (const name of unknownPlaceholders(prompt[part] ?? "")) {
      const isLabel = /label|manual|truth|answer/.test(name);
      yield finding(
        `prompt.${part}`,
        `placeholder {{${name}}} is unknown${isLabel ? ": a prompt never sees the label" : ""}.`,
        cureFor("prompt.template"),
      );
    }
  }
}

function* checkData({ data }: ValidSections): Generator<Finding> {
  if (data === undefined) return;
  const { key, narratives, label } = data.columns;
  const seen = new Map<string, string>([[key, "data.columns.key"]]);
  const others = Object.entries(narratives).map(
    ([type, column]) => [`data.columns.narratives.${type}`, column] as const,
  );
  const labelled =
    typeof label === "string"
      ? [["data.columns.label", label] as const]
      : Object.entries(label).map(([type, column]) => [`data.columns.label.${type}`, column] as const);
  yield* checkTypes("data.columns.label", typeof label === "string" ? null : label, narratives);
  yield* checkLabels(data);
  for (const [path, column] of [...others, ...labelled]) {
    const first = seen.get(column);
    if (first === undefined) seen.set(column, path);
    // Two types may share one column of labels.
    else if (!(first.startsWith("data.columns.label") && path.startsWith("data.columns.label")))
      yield finding(path, `column "${column}" is already ${first}.`, "give each setting a column of its own.");
  }
  if (data.sheet !== undefined && !/\.xlsx$/i.test(data.file)) {
    yield finding("data.sheet", "a CSV file has no sheets.", "remove it, or name an .xlsx file.");
  }
  const generate = data.generate;
  if (generate?.what === "spam-assassin") {
    for (const name of ["cases", "seed"] as const) {
      if (generate[name] === undefined) continue;
      yield finding(
        `data.generate.${name}`,
        "the mail corpus is what it is.",
        "remove it; `run.max_narratives` limits a run.",
      );
    }
    if (!/\.csv$/i.test(data.file)) {
      // Cells of an .xlsx hold at most 32,767 characters, and some mails are longer.
      yield finding("data.file", "mails can be longer than a workbook's cell may be.", "name a .csv file.");
    }
  }
}

function* checkTypes(path: string, given: object | null, narratives: Columns["narratives"]): Generator<Finding> {
  if (given === null) return;
  for (const type of Object.keys(given)) {
    if (Object.hasOwn(narratives, type)) continue;
    yield finding(
      `${path}.${type}`,
      "there is no such narrative type.",
      `one of ${Object.keys(narratives).join(", ")}.`,
    );
  }
  for (const type of Object.keys(narratives)) {
    if (!Object.hasOwn(given, type)) yield finding(path, `narrative type ${type} is missing.`);
  }
}

function* checkLabels({ labels, columns }: DataSection): Generator<Finding> {
  if (labels === undefined) return;
  const all: Record<string, LabelWords> = isWords(labels) ? { "data.labels": labels } : {};
  if (!isWords(labels)) {
    yield* checkTypes("data.labels", labels, columns.narratives);
    for (const [type, words] of Object.entries(labels)) all[`data.labels.${type}`] = words;
  }
  for (const [path, { positive, negative, unscored }] of Object.entries(all)) {
    const words = [...positive, ...negative, ...unscored];
    const twice = words.find((one, index) => words.some((other, before) => before < index && sameWord(one, other)));
    if (twice === undefined) continue;
    yield finding(path, `"${twice}" stands in it twice.`, "a cell means one thing: keep the word in one list.");
  }
}

function* checkRun({ run, model }: ValidSections): Generator<Finding> {
  if (run?.budget_usd !== undefined && model?.provider === "local") {
    yield finding("run.budget_usd", "the local method costs nothing.", "remove it, or choose another `provider`.");
  }
}

function finding(path: string, message: string, cure?: string): Finding {
  return { path: path.split("."), message, cure: cure ?? cureFor(path) };
}
