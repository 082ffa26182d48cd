/** Every event has a sentence. */
import { RUN_EVENT_TYPES } from "@holdfast/core";
import { expect, test } from "vitest";
import { type Word, wordEvent } from "./event-words.js";

const FACTS = {
  owner: "ana",
  holder: "vm-1",
  token: 2,
  reason: "silent for 30 s",
  by: "ana",
  through: null,
  action: "resume",
  stages: 4,
  generation: 2,
  stage: "judge",
  attempt: 2,
  ms: 7_500,
  error: { name: "Error", message: "<b>no</b>" },
  afterMs: 1_000,
  sizeBytes: 2_000,
  gate: "sources",
  passed: true,
  score: 0.9,
  threshold: 0.8,
  name: "deck.pptx",
  done: 8_412,
  failed: 37,
  total: 12_092,
  costUsd: 4.71,
  spentUsd: 40,
  budgetUsd: 40,
  as: "reuse",
  message: "read 3 pages",
  after: "run-1",
};
const text = (words: readonly Word[]) => words.map((word) => (typeof word === "string" ? word : word.b)).join("");

test("every event of the closed list has a sentence of its own", () => {
  const sentences = RUN_EVENT_TYPES.map((type) => text(wordEvent({ type, data: FACTS, at: 0 }).words));
  for (const sentence of sentences) expect(sentence).not.toMatch(/undefined|null|NaN|^$|^\w+\.\w+$/);
  expect(new Set(sentences).size).toBe(RUN_EVENT_TYPES.length);
});

test("figures and words of users come as they are", () => {
  const worded = (type: (typeof RUN_EVENT_TYPES)[number]) => text(wordEvent({ type, data: FACTS, at: 0 }).words);
  expect(worded("map.committed")).toBe("map judge: 8,412 of 12,092 in all, 37 failed, $4.71");
  expect(worded("stage.failed")).toBe("stage judge failed: <b>no</b>");
  expect(wordEvent({ type: "stage.failed", data: FACTS, at: 0 }).tone).toBe("fail");
});
