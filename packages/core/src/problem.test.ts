import { describe, expect, test } from "vitest";
import { ERROR_SPECS } from "./error-specs/table.js";
import { TooManyRequestsError } from "./errors/http.js";
import { BadInputError } from "./errors/input.js";
import { DriftError, IllegalMoveError, RunNotFoundError } from "./errors/run.js";
import { UnknownStageError } from "./errors/stage.js";
import { StoreBusyError } from "./errors/store.js";
import { problemOf } from "./problem.js";

describe("an error as a problem", () => {
  test("has its row of the table, the request it was about, and nothing of a stack", () => {
    const problem = problemOf(new RunNotFoundError({ runId: "r" }), { instance: "/api/runs/r", requestId: "req-1" });
    expect(problem).toMatchObject({
      type: "urn:holdfast:problem:RUN_NOT_FOUND",
      title: ERROR_SPECS.RUN_NOT_FOUND.title,
      status: 404,
      instance: "/api/runs/r",
      requestId: "req-1",
      code: "RUN_NOT_FOUND",
      retryable: false,
      retryAfterMs: null,
    });
    expect(JSON.stringify(problem)).not.toMatch(/\bat .*\.ts:\d+/);
  });

  test("says when to try again: what the error knows, else a second where trying again may help", () => {
    expect(problemOf(new TooManyRequestsError({ retryAfterMs: 4_200 })).retryAfterMs).toBe(4_200);
    expect(problemOf(new StoreBusyError({ location: "x", waitedMs: 5 })).retryAfterMs).toBe(1_000);
  });

  test("names places as JSON Pointers, with the signs of pointers escaped", () => {
    const issues = [
      { path: "a.b/c~d", message: "no" },
      { path: "", message: "nothing" },
    ];
    expect(problemOf(new BadInputError({ subject: "s", issues })).errors).toEqual([
      { pointer: "/a/b~1c~0d", detail: "no" },
      { pointer: "", detail: "nothing" },
    ]);
  });

  test("suggests requests and lines to type, with the run's own id", () => {
    const drift = problemOf(new DriftError({ runId: "r 1", drift: [] }));
    expect(drift.suggestions.slice(0, 2).map(({ method, href, body }) => [method, href, body])).toEqual([
      ["PUT", "/api/runs/r%201", { action: "resume", accept: "reuse" }],
      ["PUT", "/api/runs/r%201", { action: "resume", accept: "redo" }],
    ]);
    const move = problemOf(new IllegalMoveError({ runId: "r", status: "failed", asked: "pause", allowed: [] }));
    expect(move.suggestions.map(({ id, kind }) => `${id} ${kind}`)).toEqual([
      "restart action",
      "look link",
      expect.stringMatching(/command$/),
    ]);
    expect(move.suggestions.at(-1)?.cli).toBe("holdfast show r --verbose");
    const stage = problemOf(new UnknownStageError({ stage: "wirte", workflow: "w", declared: ["gather", "write"] }));
    expect(stage.suggestions[0]).toMatchObject({ id: "did-you-mean", label: "Did you mean write?" });
  });

  test("an error that the table does not know keeps its words, and says what its place says", () => {
    expect(problemOf(new TypeError("x"), { unforeseen: "Look there." })).toMatchObject({
      type: "about:blank",
      status: 500,
      code: "UNEXPECTED",
      suggestions: [{ kind: "advice", label: "Look there." }],
    });
  });
});
