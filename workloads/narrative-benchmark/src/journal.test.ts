import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { journaled } from "./journal.js";
import type { Judge } from "./stages/classify.js";

const item = { key: "mail-1:body", caseKey: "mail-1", type: "body", text: "free money", label: true };
const context = { key: item.key, attempt: 2 } as Parameters<Judge>[1];

test("a line is written before the judgment begins", async () => {
  const folder = await mkdtemp(join(tmpdir(), "journal-"));
  onTestFinished(() => rm(folder, { recursive: true }));
  const file = join(folder, "made/journal.jsonl");
  const judge: Judge = async () => {
    throw new Error(await readFile(file, "utf8"));
  };
  const failure = await Promise.resolve(journaled(judge, { file, runId: "run-1" })(item, context)).catch(String);
  expect(failure).toContain('"item":"mail-1:body","attempt":2');
});

test("without a file the judge is unchanged", () => {
  const judge: Judge = () => {
    throw new Error("not called here");
  };
  expect(journaled(judge, { file: undefined, runId: "run-1" })).toBe(judge);
});
