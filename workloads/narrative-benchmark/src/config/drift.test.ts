import { expect, test } from "vitest";
import { describeDifference, diffConfig } from "./drift.js";
import { parseConfig } from "./parse.js";
import { operationalConfig, resultConfig } from "./parts.js";

const remote = (edit: (yaml: string) => string = (yaml) => yaml) =>
  parseConfig(
    edit(`experiment: { name: x }
data: { file: a.xlsx }
model: { provider: openai, name: m-1, temperature: 0, timeoutMs: 60000 }
prompt: { version: "1", template: "Judge {{narrative}}" }
run: { concurrency: 4, budget_usd: 5 }
`),
  );
const local = (edit: (yaml: string) => string = (yaml) => yaml) =>
  parseConfig(
    edit('experiment: { name: x }\ndata: { file: a.xlsx }\nprompt: { version: "1", template: "{{narrative}}" }\n'),
  );

test("equal files do not differ, even if one states the defaults explicitly", () => {
  const spelled = local((yaml) => `${yaml}run: { concurrency: 8 }\nmodel: { provider: local }\n`);
  expect(diffConfig(local(), spelled)).toEqual([]);
});

test("a changed prompt or temperature affects results; a changed pace does not", () => {
  const changed = remote((yaml) =>
    yaml
      .replace('version: "1"', 'version: "2"')
      .replace("temperature: 0", "temperature: 1")
      .replace("concurrency: 4", "concurrency: 9"),
  );
  expect(diffConfig(remote(), changed)).toEqual([
    { path: "model.temperature", kind: "affects results", stored: 0, file: 1 },
    { path: "prompt.version", kind: "affects results", stored: "1", file: "2" },
    { path: "run.concurrency", kind: "operational", stored: 4, file: 9 },
  ]);
});

test("a removed or added setting has no value on the other side", () => {
  const removed = remote((yaml) => yaml.replace(", budget_usd: 5", "").replace("temperature: 0, ", ""));
  expect(diffConfig(remote(), removed).map(describeDifference)).toEqual([
    "model.temperature: stored 0, file nothing (affects results)",
    "run.budget_usd: stored 5, file nothing (operational)",
  ]);
});

test("the result configuration changes exactly if a difference in model or prompt affects results", () => {
  const edits: ((yaml: string) => string)[] = [
    (yaml) => yaml.replace("m-1", "m-2"),
    (yaml) => yaml.replace("Judge", "Assess"),
    (yaml) => yaml.replace("temperature: 0", "temperature: 0, seed: 1"),
    (yaml) => yaml.replace("timeoutMs: 60000", "timeoutMs: 1000, apiKeyEnv: KEY, price: { inputUsd: 1, outputUsd: 2 }"),
    (yaml) => yaml.replace("name: x", "name: y, notes: changed"),
    (yaml) => yaml.replace("concurrency: 4", "concurrency: 5, max_narratives: 10"),
  ];
  for (const edit of edits) {
    const [before, after] = [remote(), remote(edit)];
    const affects = diffConfig(before, after).some(({ kind }) => kind === "affects results");
    expect(JSON.stringify(resultConfig(before)) !== JSON.stringify(resultConfig(after))).toBe(affects);
    if (!affects) expect(operationalConfig(before)).not.toEqual(operationalConfig(after));
  }
});

test("a local method reads no prompt, so its wording is operational and not part of a result", () => {
  const changed = local((yaml) => yaml.replace('version: "1"', 'version: "2"'));
  expect(diffConfig(local(), changed).map(({ kind }) => kind)).toEqual(["operational"]);
  expect(resultConfig(changed)).toEqual(resultConfig(local()));
  expect(resultConfig(local())).toMatchObject({
    task: "ipv",
    model: { provider: "local", method: "lexicon" },
    prompt: null,
  });
});
