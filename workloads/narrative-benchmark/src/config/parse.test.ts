import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { CURES } from "./cures.js";
import { checkConfig, parseConfig } from "./parse.js";
import { ConfigError } from "./problem.js";
import { DEFAULT_COLUMNS, SECTIONS } from "./schema.js";

const GOOD = `experiment:
  name: x
data:
  file: a.xlsx
`;

/** Appends to a valid start, so that a case contains only its mistake. The appended text starts at line 5. */
const after = (text: string) => GOOD + text;

interface Case {
  readonly title: string;
  readonly yaml: string;
  /** Expected problems, in line order. */
  readonly problems: readonly (readonly [line: number, path: string, says: RegExp])[];
}

const MALFORMED: readonly Case[] = [
  { title: "an empty file", yaml: "", problems: [[1, "", /empty.*Cure: start with `experiment:`/]] },
  { title: "only a comment", yaml: "# nothing yet\n", problems: [[1, "", /empty/]] },
  { title: "a list instead of sections", yaml: "- a\n- b\n", problems: [[1, "", /not a mapping/]] },
  { title: "a single word", yaml: "baseline\n", problems: [[1, "", /not a mapping/]] },
  {
    title: "no sections at all",
    yaml: "{}\n",
    problems: [
      [1, "experiment", /missing/],
      [1, "data", /missing/],
    ],
  },
  {
    title: "a section without content",
    yaml: "experiment:\ndata:\n  file: a.csv\n",
    problems: [[1, "experiment", /missing.*`name:`/]],
  },
  {
    title: "a section that is a word",
    yaml: "experiment: x\ndata:\n  file: a.csv\n",
    problems: [[1, "experiment", /"x" is not allowed/]],
  },
  {
    title: "a section that is a list",
    yaml: "experiment:\n  - name: x\ndata:\n  file: a.csv\n",
    problems: [[1, "experiment", /a list/]],
  },
  {
    title: "a missing name",
    yaml: "experiment:\n  notes: n\ndata:\n  file: a.csv\n",
    problems: [[1, "experiment.name", /missing.*`name: baseline`/]],
  },
  {
    title: "a blank name",
    yaml: 'experiment:\n  name: " "\ndata:\n  file: a.csv\n',
    problems: [[2, "experiment.name", /not allowed/]],
  },
  {
    title: "a number as a name",
    yaml: "experiment:\n  name: 7\ndata:\n  file: a.csv\n",
    problems: [[2, "experiment.name", /YAML reads 7 as the number 7, where a text is expected/]],
  },
  {
    title: "an unknown section",
    yaml: after("modle:\n  provider: local\n"),
    problems: [[5, "modle", /unknown.*write `model`/]],
  },
  {
    title: "an unknown setting",
    yaml: after("run:\n  concurency: 4\n"),
    problems: [[6, "run.concurency", /write `concurrency`/]],
  },
  {
    title: "camel case where the file has snake case",
    yaml: after("run:\n  maxNarratives: 4\n"),
    problems: [[6, "run.maxNarratives", /write `max_narratives`/]],
  },
  {
    title: "snake case where the file has camel case",
    yaml: after("model:\n  provider: local\n  base_url: http://x\n"),
    problems: [[7, "model.base_url", /write `baseUrl`/]],
  },
  {
    title: "a setting nothing resembles",
    yaml: after("run:\n  colour: red\n"),
    problems: [[6, "run.colour", /remove it; known here: max_narratives/]],
  },
  {
    title: "an API key in the file",
    yaml: after(
      "model:\n  provider: openai\n  name: m\n  apiKey: sk-1\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.apiKey", /keep keys out of files/]],
  },
  {
    title: "a setting in the wrong section",
    yaml: after("experiment_id: abc\n"),
    problems: [[5, "experiment_id", /unknown setting/]],
  },
  {
    title: "an unknown provider",
    yaml: after("model:\n  provider: gemini\n"),
    problems: [[6, "model.provider", /"gemini".*one of local, openai/]],
  },
  {
    title: "a model without a provider",
    yaml: after("model:\n  name: m\n"),
    problems: [[5, "model.provider", /missing/]],
  },
  {
    title: "a remote model without name and prompt",
    yaml: after("model:\n  provider: openai\n"),
    problems: [
      [5, "model.name", /openai needs it/],
      [1, "prompt", /needs a prompt/],
    ],
  },
  {
    title: "a compatible endpoint without its address",
    yaml: after(
      "model:\n  provider: openai-compatible\n  name: m\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[5, "model.baseUrl", /needs it.*whole URL/]],
  },
  {
    title: "an address that is no URL",
    yaml: after(
      "model:\n  provider: openai-compatible\n  name: m\n  baseUrl: localhost:11434\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.baseUrl", /"localhost:11434".*whole URL/]],
  },
  {
    title: "an address of a file",
    yaml: after(
      "model:\n  provider: openai-compatible\n  name: m\n  baseUrl: file:///etc/passwd\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.baseUrl", /not allowed/]],
  },
  {
    title: "a temperature for the local method",
    yaml: after("model:\n  provider: local\n  temperature: 0\n"),
    problems: [[7, "model.temperature", /no such setting/]],
  },
  {
    title: "a temperature that is too high",
    yaml: after(
      "model:\n  provider: openai\n  name: m\n  temperature: 3\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.temperature", /3 is not allowed.*0 to 2/]],
  },
  {
    title: "a temperature that is not a number",
    yaml: after(
      "model:\n  provider: openai\n  name: m\n  temperature: .nan\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.temperature", /NaN/]],
  },
  {
    title: "a local method of the other task",
    yaml: after("model:\n  provider: local\n  method: rules\n"),
    problems: [[7, "model.method", /does not do task ipv.*`lexicon`/]],
  },
  {
    title: "a local method for a remote model",
    yaml: after(
      "model:\n  provider: openai\n  name: m\n  method: lexicon\nprompt:\n  version: 1\n  template: '{{narrative}}'\n",
    ),
    problems: [[8, "model.method", /only the local method/]],
  },
  {
    title: "folds without a trained method",
    yaml: after("model:\n  provider: local\n  folds: 5\n"),
    problems: [[7, "model.folds", /naive-bayes/]],
  },
  {
    title: "a template without the narrative",
    yaml: after("prompt:\n  version: 1\n  template: Is it so?\n"),
    problems: [[7, "prompt.template", /never mentions \{\{narrative\}\}/]],
  },
  {
    title: "a template that asks for the label",
    yaml: after("prompt:\n  version: 1\n  template: '{{narrative}} {{label}}'\n"),
    problems: [[7, "prompt.template", /never sees the label/]],
  },
  {
    title: "an unknown placeholder in the system prompt",
    yaml: after("prompt:\n  version: 1\n  system: '{{mood}}'\n  template: '{{narrative}}'\n"),
    problems: [[7, "prompt.system", /\{\{mood\}\} is unknown/]],
  },
  {
    title: "a version from which YAML removes zeros",
    yaml: after("prompt:\n  version: 007\n  template: '{{narrative}}'\n"),
    problems: [[6, "prompt.version", /YAML reads 007 as the number 7, where a text is expected.*in quotes/]],
  },
  {
    title: "a name that YAML reads as a truth value",
    yaml: "experiment:\n  name: true\ndata:\n  file: a.csv\n",
    problems: [[2, "experiment.name", /YAML reads true as a truth value/]],
  },
  {
    title: "labels with two meanings, and labels of a missing type",
    yaml: "experiment:\n  name: x\ndata:\n  file: a.csv\n  labels: { positive: [1, 2], negative: [0, 2.0] }\n",
    problems: [[5, "data.labels", /"2" stands in it twice/]],
  },
  {
    title: "labels of an unknown narrative type",
    yaml: "experiment:\n  name: x\ndata:\n  file: a.csv\n  labels:\n    le: { positive: [1], negative: [0] }\n    xx: { positive: [1], negative: [0] }\n",
    problems: [
      [5, "data.labels", /narrative type cme is missing/],
      [7, "data.labels.xx", /no such narrative type.*le, cme/],
    ],
  },
  {
    title: "a version that YAML turns into a fraction",
    yaml: after("prompt:\n  version: 1.10\n  template: '{{narrative}}'\n"),
    problems: [[6, "prompt.version", /YAML reads 1\.10 as the number 1\.1, where a text is expected.*in quotes/]],
  },
  {
    title: "a file of another kind",
    yaml: "experiment:\n  name: x\ndata:\n  file: a.parquet\n",
    problems: [[4, "data.file", /a\.parquet.*\.xlsx or \.csv/]],
  },
  {
    title: "a missing file",
    yaml: "experiment:\n  name: x\ndata:\n  sheet: one\n",
    problems: [[3, "data.file", /missing/]],
  },
  {
    title: "a sheet of a CSV file",
    yaml: "experiment:\n  name: x\ndata:\n  file: a.csv\n  sheet: one\n",
    problems: [[5, "data.sheet", /no sheets/]],
  },
  {
    title: "columns without a label",
    yaml: after("  columns:\n    key: id\n    narratives: { le: a }\n"),
    problems: [[5, "data.columns.label", /missing/]],
  },
  {
    title: "columns without narratives",
    yaml: after("  columns:\n    key: id\n    label: y\n    narratives: {}\n"),
    problems: [[8, "data.columns.narratives", /a mapping is not allowed.*one line per narrative type/]],
  },
  {
    title: "a narrative type with a space",
    yaml: after("  columns:\n    key: id\n    label: y\n    narratives:\n      'law enf': a\n"),
    problems: [[9, "data.columns.narratives.law enf", /no name of a narrative type/]],
  },
  {
    title: "one column used twice",
    yaml: after("  columns:\n    key: id\n    label: a\n    narratives:\n      le: a\n"),
    problems: [[7, "data.columns.label", /"a" is already data\.columns\.narratives\.le/]],
  },
  {
    title: "a number of cases for the mail corpus",
    yaml: "experiment:\n  name: x\ndata:\n  file: a.csv\n  generate: { what: spam-assassin, cases: 3 }\n",
    problems: [[5, "data.generate.cases", /what it is/]],
  },
  {
    title: "mails in a workbook",
    yaml: after("  generate: { what: spam-assassin }\n"),
    problems: [[4, "data.file", /longer than a workbook's cell/]],
  },
  {
    title: "no cases to generate",
    yaml: after("  generate: { what: narratives, cases: 0 }\n"),
    problems: [[5, "data.generate.cases", /0 is not allowed/]],
  },
  {
    title: "concurrency of zero",
    yaml: after("run:\n  concurrency: 0\n"),
    problems: [[6, "run.concurrency", /0 is not allowed.*1 to 256/]],
  },
  {
    title: "a batch size with a fraction",
    yaml: after("run:\n  batch_size: 1.5\n"),
    problems: [[6, "run.batch_size", /1\.5/]],
  },
  {
    title: "a number in quotes",
    yaml: after('run:\n  batch_size: "100"\n'),
    problems: [[6, "run.batch_size", /"100"/]],
  },
  {
    title: "an error rate in percent",
    yaml: after("run:\n  max_error_rate: 5\n"),
    problems: [[6, "run.max_error_rate", /`0\.05` is five percent/]],
  },
  {
    title: "a word for a boolean",
    yaml: after("run:\n  resume: yes\n"),
    problems: [[6, "run.resume", /"yes".*without quotes/]],
  },
  { title: "a negative budget", yaml: after("run:\n  budget_usd: -1\n"), problems: [[6, "run.budget_usd", /-1/]] },
  {
    title: "a budget for the free method",
    yaml: after("model:\n  provider: local\nrun:\n  budget_usd: 1\n"),
    problems: [[8, "run.budget_usd", /costs nothing/]],
  },
  {
    title: "a setting twice",
    yaml: after("run:\n  concurrency: 1\n  concurrency: 2\n"),
    problems: [[7, "", /appears twice.*keep one of the two/]],
  },
  { title: "tabs as indentation", yaml: "experiment:\n\tname: x\n", problems: [[2, "", /not valid YAML.*spaces/]] },
  {
    title: "a quote that is never closed",
    yaml: 'experiment:\n  name: "x\ndata:\n  file: a.csv\n',
    problems: [[5, "", /not valid YAML.*close the quote/]],
  },
  {
    title: "a bracket that is never closed",
    yaml: "experiment: { name: x\ndata:\n  file: a.csv\n",
    problems: [[2, "", /not valid YAML/]],
  },
  { title: "two documents", yaml: `${GOOD}---\n${GOOD}`, problems: [[5, "", /not valid YAML.*one document/]] },
  {
    title: "a custom tag",
    yaml: "experiment:\n  name: !secret x\ndata:\n  file: a.csv\n",
    problems: [[2, "", /not valid YAML.*remove the tag/]],
  },
  {
    title: "an alias to nothing",
    yaml: "experiment:\n  name: *who\ndata:\n  file: a.csv\n",
    problems: [[2, "", /alias/i]],
  },
  {
    title: "a key that reaches for the prototype",
    yaml: after("run:\n  __proto__: { resume: true }\n"),
    problems: [[6, "run.__proto__", /unknown setting/]],
  },
];

describe("a malformed experiment file", () => {
  test.each(MALFORMED)("is refused with line and remedy: $title", ({ yaml, problems }) => {
    const checked = checkConfig(yaml);
    if (checked.ok) throw new Error("it was accepted");
    const found = checked.problems.map(
      (problem) => [problem.path, problem.line, `${problem.message} Cure: ${problem.cure}`] as const,
    );
    for (const [line, path, says] of problems) {
      const match = found.find(([at, , text]) => at === path && says.test(text));
      expect(match, `${path} at ${line}: ${says} among ${JSON.stringify(found)}`).toBeDefined();
      expect(match?.[1]).toBe(line);
    }
    expect(found.length).toBeGreaterThanOrEqual(problems.length);
    for (const problem of checked.problems) expect(problem.cure.length).toBeGreaterThan(5);
  });

  test("shows all problems at once, in line order", () => {
    const yaml = "experiment:\n  nme: x\ndata:\n  file: a.doc\nrun:\n  concurrency: 0\n  batch_size: none\n";
    const checked = checkConfig(yaml);
    expect(checked.ok ? [] : checked.problems.map(({ line, path }) => `${line} ${path}`)).toEqual([
      "1 experiment.name",
      "2 experiment.nme",
      "4 data.file",
      "6 run.concurrency",
      "7 run.batch_size",
    ]);
  });

  test("does not expand aliases exponentially", () => {
    const levels = ["a0: &a0 [x]"];
    for (let i = 1; i < 12; i++)
      levels.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(",")}]`,
      );
    expect(checkConfig(levels.join("\n")).ok).toBe(false);
  });

  test("throws an error that names file, line, path and remedy", () => {
    expect(() => parseConfig("experiment:\n  name: x\n", { file: "exp.yaml" })).toThrow(ConfigError);
    expect(() => parseConfig("experiment:\n  name: x\n", { file: "exp.yaml" })).toThrow(
      /^Experiment file exp\.yaml: 1 problem found, none expected\.\n {2}exp\.yaml:1: data: the section is missing\. Cure: write `data:`/,
    );
  });
});

describe("a good experiment file", () => {
  test("gets every default", () => {
    expect(parseConfig(GOOD)).toEqual({
      experiment: { name: "x", task: "ipv" },
      model: { provider: "local" },
      prompt: null,
      data: { file: "a.xlsx", columns: DEFAULT_COLUMNS },
      run: {
        concurrency: 8,
        batch_size: 100,
        max_error_rate: 0.05,
        attempts: 3,
        retry_errors_only: false,
        resume: false,
      },
    });
  });

  test("may use anchors and a whole number as a prompt version", () => {
    const config = parseConfig(
      "experiment: { name: &n x, notes: *n }\ndata: { file: a.csv }\nprompt: { version: 3, template: 'Judge {{ narrative }}' }\n",
    );
    expect(config.experiment.notes).toBe("x");
    expect(config.prompt?.version).toBe("3");
  });

  test("is plain JSON, so that it can be stored and read back", () => {
    const config = parseConfig(GOOD);
    expect(JSON.parse(JSON.stringify(config))).toEqual(config);
  });

  const folder = new URL("../../../../experiments/", import.meta.url);
  test.each(readdirSync(folder).filter((name) => name.endsWith(".yaml")))("that is shipped is accepted: %s", (name) => {
    parseConfig(readFileSync(new URL(name, folder), "utf8"), { file: name });
  });
});

test("every setting of the schema has a remedy, and no remedy is stale", () => {
  const paths: string[] = [];
  const walk = (schema: unknown, path: string): void => {
    let inner = schema;
    while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault) inner = inner.unwrap();
    paths.push(path);
    if (inner instanceof z.ZodObject)
      for (const [key, value] of Object.entries(inner.shape)) walk(value, `${path}.${key}`);
    if (inner instanceof z.ZodRecord) paths.push(`${path}.*`);
  };
  for (const [name, schema] of Object.entries(SECTIONS)) walk(schema, name);
  expect(Object.keys(CURES).sort()).toEqual(paths.sort());
});
