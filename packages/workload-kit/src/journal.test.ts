import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "vitest";
import { appendJournal, pace } from "./journal.js";

test("the journal gets one whole line per call, even from concurrent calls", async () => {
  const folder = mkdtempSync(path.join(tmpdir(), "journal-"));
  try {
    const file = path.join(folder, "deep", "journal.jsonl");
    await Promise.all(
      Array.from({ length: 50 }, (_, attempt) =>
        appendJournal(file, { runId: "r", stage: "2", attempt, edge: "start" }),
      ),
    );
    const lines = readFileSync(file, "utf8")
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as { attempt: number; pid: number });
    expect(lines.map((line) => line.attempt).sort((a, b) => a - b)).toEqual(
      Array.from({ length: 50 }, (_, attempt) => attempt),
    );
    expect(lines.every((line) => line.pid === process.pid)).toBe(true);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the pace wait rejects at once with the signal's reason when the stage is interrupted", async () => {
  const controller = new AbortController();
  const waiting = pace(3_600_000, controller.signal);
  controller.abort(new Error("paused"));
  await expect(waiting).rejects.toThrow("paused");
  await expect(pace(0, controller.signal)).resolves.toBeUndefined();
});
