import { BadInputError, formatCount, RUN_EVENT_TYPES, type RunEvent, RunNotFoundError } from "@holdfast/core";
import type { RunView, StageView } from "@holdfast/engine";
import { describe, expect, test } from "vitest";
import { adviseOn } from "./advice.js";
import { coloursFor, wantsColour } from "./colour.js";
import { jsonDocument, jsonLine } from "./json.js";
import { LiveDisplay } from "./live-display.js";
import { eventLine, renderEvent } from "./log-lines.js";
import { problemDocument, problemLines } from "./problem.js";
import { progressLine, renderFrame } from "./progress-frame.js";
import { renderTable } from "./table.js";
import { clean, displayWidth, formatBytes, oneLine, truncate } from "./text.js";
import { formatDuration, formatEta, formatInstant, formatRelative } from "./time.js";
import { renderTimeline } from "./timeline.js";

const PLAIN = coloursFor(false);
const STARTED_AT = Date.UTC(2026, 1, 19, 14, 3, 22, 481);

function stageView(name: string, status: StageView["status"], ms = 1_500): StageView {
  const attempt = {
    attempt: 1,
    generation: 1,
    label: null,
    startedAt: STARTED_AT,
    finishedAt: STARTED_AT + ms,
    error: null,
    wait: null,
  };
  const attempts =
    status === "pending"
      ? []
      : status === "running"
        ? [{ ...attempt, status: "running" as const, finishedAt: null }]
        : [{ ...attempt, status: status === "failed" ? ("failed" as const) : ("completed" as const) }];
  return { name, title: name, label: null, kind: "primary", status, attempts };
}

function runView(over: Partial<RunView> = {}): RunView {
  return {
    id: "run-1",
    workflow: "brief",
    version: "1",
    schemaVersion: 1,
    generation: 1,
    status: "running",
    reason: null,
    owner: null,
    input: { topic: "tides" },
    createdAt: STARTED_AT - 10,
    startedAt: STARTED_AT,
    updatedAt: STARTED_AT,
    finishedAt: null,
    timeoutAt: null,
    wakeAt: null,
    priority: 5,
    tags: [],
    dedupeKey: null,
    holdup: null,
    through: null,
    retries: 0,
    recoveries: 0,
    lastError: null,
    lastErrorAt: null,
    search: {},
    progress: { done: 1, total: 4, failed: 0, ratePerS: 3.14, etaMs: [240_000, 360_000], label: "write" },
    stages: [stageView("gather", "completed"), stageView("write", "running"), stageView("send", "pending")],
    lease: null,
    output: null,
    error: null,
    head: 4,
    forkedFrom: null,
    parent: null,
    code: null,
    wish: null,
    revision: "1-a",
    ...over,
  };
}

describe("text from users", () => {
  test("loses escape sequences, controls and bidirectional marks", () => {
    expect(clean("a\u001b[31mred\u001b[0m\u0007\u009b2Jb\u202ec\r\nd\te")).toBe("aredbc\nd\te");
    expect(clean("\u001b]0;title\u0007x\u001b]8;;http://a\u001b\\y")).toBe("xy");
    expect(oneLine(" a\n\n b\tc ")).toBe("a b c");
  });

  test("is cut by columns, not by characters", () => {
    expect(displayWidth("日本")).toBe(4);
    expect(displayWidth("e\u0301")).toBe(1);
    expect(truncate("日本語", 5)).toBe("日本…");
    expect(truncate("short", 5)).toBe("short");
  });

  test("is escaped in JSON where a terminal would obey it, and is the same value", () => {
    const value = { name: "a\u009b31mb\u202e\u0000" };
    expect(jsonLine(value)).not.toMatch(/[\u0080-\u009f\u202e]/);
    expect(JSON.parse(jsonDocument(value))).toEqual(value);
  });
});

describe("numbers and times", () => {
  test("durations are as fine as they matter", () => {
    const cases = [0, 950, 12_400, 59_960, 185_000, 7_620_000, 273_600_000];
    expect(cases.map(formatDuration)).toEqual([
      "0 ms",
      "950 ms",
      "12.4 s",
      "1 min 00 s",
      "3 min 05 s",
      "2 h 07 min",
      "3 d 4 h",
    ]);
  });

  test("relative times say ago or in", () => {
    expect(formatRelative(10_000, 15_400)).toBe("5 s ago");
    expect(formatRelative(200_000, 0)).toBe("in 3 min");
    expect(formatRelative(10, 0)).toBe("now");
  });

  test("a remaining time is a range, or one value where both ends read the same", () => {
    expect(formatEta([240_000, 360_000])).toBe("4 min to 6 min");
    expect(formatEta([7_700_000, 7_900_000])).toBe("2 h 10 min");
    expect(formatEta([100, 4_000])).toBe("1 s to 4 s");
  });

  test("instants are UTC, counts have separators, bytes have units", () => {
    expect(formatInstant(STARTED_AT)).toBe("2026-02-19 14:03:22");
    expect(formatCount(42_000)).toBe("42,000");
    expect([0, 1_023, 1_536, 50 * 1024 ** 2].map(formatBytes)).toEqual(["0 B", "1023 B", "1.5 KiB", "50 MiB"]);
  });
});

describe("tables", () => {
  const columns = [{ title: "RUN" }, { title: "N", align: "right" as const }, { title: "NOTE", isElastic: true }];

  test("align by width and leave no blanks at the end", () => {
    expect(
      renderTable(columns, [
        ["run-1", "5", "日本"],
        ["r", "1,000", ""],
      ]),
    ).toEqual(["RUN        N  NOTE", "run-1      5  日本", "r      1,000"]);
  });

  test("cut only elastic columns to fit a terminal", () => {
    const [, row = ""] = renderTable(columns, [["run-with-a-long-id", "1", "a long note that does not fit"]], {
      columns: 40,
    });
    expect(displayWidth(row)).toBe(40);
    expect(row).toContain("run-with-a-long-id");
    expect(row.endsWith("…")).toBe(true);
  });
});

describe("events in words", () => {
  test("every event type has a line, and its facts are cleaned", () => {
    const error = { name: "Error", message: "no\u001b[2Jroute" };
    const data = {
      workflow: "w",
      version: null,
      owner: null,
      holder: "h",
      host: "x",
      pid: 1,
      token: 1,
      reason: null,
      by: "me",
      through: null,
      action: "resume",
      recoveries: 1,
      stages: 2,
      error,
      generation: 2,
      after: "run-1",
      stage: "s\u0007",
      attempt: 2,
      ms: 5,
      afterMs: 1_000,
      sizeBytes: 3,
      gate: "g",
      passed: false,
      score: 0.5,
      threshold: 0.7,
      name: "n",
      sha256: "00",
      done: 1,
      failed: 1,
      total: 2,
      costUsd: 0.5,
      spentUsd: 1,
      budgetUsd: 1,
      drift: [],
      as: "reuse",
      message: "m\u001b[1m",
      note: null,
    };
    for (const type of RUN_EVENT_TYPES) {
      const { text } = eventLine({ type, data, runId: "r", seq: 1, at: 0 } as unknown as RunEvent);
      expect(text, type).toMatch(/^[^\p{Cc}]{3,}$/u);
      expect(text, type).not.toContain("undefined");
    }
    const map = { stage: "a", done: 40, failed: 0, total: null };
    const unpriced = { calls: 40, tokens: 12_345 };
    const costs = [{ costUsd: 0 }, { costUsd: 0.5 }, { costUsd: null, unpriced }, { costUsd: 1.23, unpriced }];
    const lines = costs.map((cost) =>
      eventLine({ type: "map.committed", data: { ...map, ...cost }, runId: "r", seq: 1, at: 0 } as unknown as RunEvent),
    );
    expect(lines.map(({ text }) => text)).toEqual([
      "stage a: 40 items",
      "stage a: 40 items, $0.50",
      "stage a: 40 items, cost unknown, 12,345 tokens in 40 calls",
      "stage a: 40 items, $1.23 and 40 calls of unknown price (12,345 tokens)",
    ]);
  });

  test("an event of a newer version is shown as it is", () => {
    const event = { type: "run.teleported", data: { to: "moon" }, runId: "r", seq: 7, at: STARTED_AT };
    expect(renderEvent(event as unknown as RunEvent, PLAIN, true)).toBe(
      '    7  14:03:22.481  run.teleported {"to":"moon"}',
    );
  });
});

describe("the live view", () => {
  const size = { nowMs: STARTED_AT + 4_000, columns: 80, rows: 24, colours: PLAIN };

  test("shows heading, stages with their state, and the bar", () => {
    expect(renderFrame(runView(), size)).toEqual([
      "brief  run-1  running  4.0 s",
      "  ✓ gather  1.5 s",
      "  ● write   4.0 s",
      "  · send",
      "  [#####---------------]  1 of 4  25 %  3.1/s  ETA 4 min to 6 min  write",
    ]);
  });

  test("fits any terminal, whatever the number of stages and the length of names", () => {
    const stages = Array.from({ length: 60 }, (_, i) =>
      stageView(`stage-${i}-${"x".repeat(60)}`, i < 50 ? "completed" : "running"),
    );
    for (const rows of [6, 10, 24]) {
      const lines = renderFrame(runView({ stages }), { ...size, rows, columns: 40, notice: "y".repeat(90) });
      expect(lines.length).toBeLessThan(rows);
      for (const line of lines) expect(displayWidth(line)).toBeLessThanOrEqual(40);
    }
  });

  test("has no bar while nothing is known, and a count while the total is not", () => {
    const nothing = { done: 0, total: null, failed: 0, ratePerS: null, etaMs: null, label: null };
    expect(progressLine(runView({ progress: nothing }), 80)).toBeNull();
    expect(progressLine(runView({ progress: { ...nothing, done: 1_200, failed: 3 } }), 80)).toBe(
      "  1,200 done  3 failed",
    );
  });

  test("a frame is one write that overwrites the one before and blanks nothing first", () => {
    const writes: string[] = [];
    const display = new LiveDisplay((text) => writes.push(text));
    display.show(["a", "b"]);
    display.show(["a", "b"]);
    display.show(["c"]);
    expect(writes).toEqual([
      "\u001b[?2026h\ra\u001b[K\nb\u001b[K\n\u001b[J\u001b[?2026l",
      "\u001b[?2026h\r\u001b[2Ac\u001b[K\n\u001b[J\u001b[?2026l",
    ]);
  });
});

describe("one run in full", () => {
  const options = { nowMs: STARTED_AT + 60_000, columns: 100, colours: PLAIN, artifactFolder: "/data/runs/run-1" };

  test("shows facts, holder, attempts, errors with their causes, and what to type", () => {
    const error = { name: "Error", message: "no route", code: "EHOST", cause: { name: "Error", message: "cable" } };
    const failed = {
      ...stageView("write", "failed"),
      attempts: [{ ...stageView("write", "failed").attempts[0], error }],
    };
    const view = runView({
      status: "failed",
      finishedAt: STARTED_AT + 5_000,
      stages: [stageView("gather", "completed"), failed as StageView],
      error,
      lease: { holder: "w\u0007orker", host: "h", pid: 7, since: STARTED_AT, expiresAt: STARTED_AT + 90_000, token: 3 },
    });
    const text = renderTimeline(view, options).join("\n");
    expect(text).toContain("run-1  failed");
    expect(text).toContain('input      {"topic":"tides"}');
    expect(text).toContain("finished   2026-02-19 14:03:27 UTC (55 s ago), after 1.5 s of work, 5.0 s in total");
    expect(text).toContain("held by    worker (host h, pid 7) since 2026-02-19 14:03:22, expires in 30 s");
    expect(text).toContain("attempt 1  failed  1.5 s  no route");
    expect(text).toContain("error  no route [EHOST]\n         because: cable");
    expect(text).toContain("holdfast resume run-1");
  });

  test("there is something to type next in every state", () => {
    for (const status of ["queued", "running", "paused", "completed", "failed", "cancelled"] as const) {
      expect(adviseOn(runView({ status })).next[0]).toMatch(/^holdfast /);
    }
  });

  test.each([
    ["auth", "correct them, then resume"],
    ["quota", "raise it, then resume"],
    ["drift", "a plain resume is refused"],
    ["error_rate", "correct the cause"],
    ["outage", "a resume tries one call"],
    ["rate_limit", "may be refused again"],
    ["resource held", "wait until it is free"],
    ["store full", "free some space"],
    ["store readonly", "permissions"],
    ["budget", "raise it"],
  ])("a run paused for %s is told what must be changed first", (reason, words) => {
    const { notes, next } = adviseOn(runView({ status: "paused", reason }));
    expect(Object.fromEntries(notes).first).toContain(words);
    expect(next.length).toBeGreaterThan(0);
  });

  test("a run that drift paused is not sent into a plain resume, which would be refused", () => {
    const { next } = adviseOn(runView({ status: "paused", reason: "drift" }));
    expect(next).toEqual(["holdfast resume run-1 --accept=reuse", "holdfast resume run-1 --accept=redo"]);
  });

  test("any other pause, of a person or with a reason of the workflow's own, is simply resumed", () => {
    for (const reason of [null, "through", "drained", "3 items are missing", "closed"]) {
      expect(adviseOn(runView({ status: "paused", reason }))).toEqual({ notes: [], next: ["holdfast resume run-1"] });
    }
  });
});

describe("errors", () => {
  test("for people: what happened, what to do with the run's own id, and the code", () => {
    expect(problemLines(new RunNotFoundError({ runId: "run-x" }), PLAIN, false)).toEqual([
      'error: No run is called "run-x".',
      "hint:  List the runs: holdfast runs.",
      "code:  RUN_NOT_FOUND",
    ]);
  });

  test("several fields get a line each", () => {
    const issues = [
      { path: "a", message: "is missing" },
      { path: "b", message: "a number is expected" },
    ];
    const lines = problemLines(new BadInputError({ subject: "Input of w", issues }), PLAIN, false);
    expect(lines.slice(0, 3)).toEqual(["error: Input of w:", "  a: is missing", "  b: a number is expected"]);
  });

  test("for programs: problem+json, with the exit's table behind it", () => {
    expect(problemDocument(new RunNotFoundError({ runId: "run-x" }))).toEqual({
      type: "urn:holdfast:problem:RUN_NOT_FOUND",
      title: "No such run",
      status: 404,
      detail: 'No run is called "run-x".',
      code: "RUN_NOT_FOUND",
      retryable: false,
      retryAfterMs: null,
      errors: [],
      suggestions: [
        {
          id: "list-the-runs-holdfast",
          label: "List the runs: holdfast runs.",
          kind: "command",
          cli: "holdfast runs",
        },
      ],
      details: { runId: "run-x" },
    });
    expect(problemDocument(new TypeError("x is not a function"))).toMatchObject({ status: 500, code: "UNEXPECTED" });
  });
});

test("colour follows the terminal unless the user says otherwise", () => {
  expect([wantsColour(true, "auto"), wantsColour(false, "auto")]).toEqual([true, false]);
  expect([wantsColour(true, "never"), wantsColour(false, "always")]).toEqual([false, true]);
  expect(coloursFor(true).red("x")).toBe("\u001b[31mx\u001b[39m");
  expect(coloursFor(false).red("x")).toBe("x");
});
