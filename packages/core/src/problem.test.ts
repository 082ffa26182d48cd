import { describe, expect, test } from "vitest";
import { ERROR_SPECS, type ErrorCode } from "./error-specs/table.js";
import { TooManyRequestsError } from "./errors/http.js";
import { BadInputError } from "./errors/input.js";
import { DriftError, IllegalMoveError, RunNotFoundError } from "./errors/run.js";
import { UnknownStageError } from "./errors/stage.js";
import { StoreBusyError } from "./errors/store.js";
import { problemOf } from "./problem.js";

describe("an error as a problem", () => {
  test("has its row of the error table and its request, but no stack", () => {
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

  test("says when to retry: the time that the error gives, else one second if a retry may help", () => {
    expect(problemOf(new TooManyRequestsError({ retryAfterMs: 4_200 })).retryAfterMs).toBe(4_200);
    expect(problemOf(new StoreBusyError({ location: "x", waitedMs: 5 })).retryAfterMs).toBe(1_000);
  });

  test("gives places as JSON Pointers, with special characters escaped", () => {
    const issues = [
      { path: "a.b/c~d", message: "no" },
      { path: "", message: "nothing" },
    ];
    expect(problemOf(new BadInputError({ subject: "s", issues })).errors).toEqual([
      { pointer: "/a/b~1c~0d", detail: "no" },
      { pointer: "", detail: "nothing" },
    ]);
  });

  test("suggests requests and commands with the run's own ID", () => {
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

  test("an error outside the table keeps its message and gets the caller's advice", () => {
    expect(problemOf(new TypeError("x"), { unforeseen: "Look there." })).toMatchObject({
      type: "about:blank",
      status: 500,
      code: "UNEXPECTED",
      suggestions: [{ kind: "advice", label: "Look there." }],
    });
  });
});

describe("a problem for a program's user", () => {
  const forUser = (thrown: unknown) => problemOf(thrown, { audience: "user" });
  const all = (Object.keys(ERROR_SPECS) as ErrorCode[]).map((code) =>
    Object.assign(new Error(`${code} on vm-2`), { code, details: { runId: "r", host: "vm-2", pid: 7, holder: "w" } }),
  );

  test.each(all.map((thrown) => [thrown.code, thrown] as const))(
    "%s: contains no command, no request and nothing about the machine",
    (_, thrown) => {
      const { suggestions, detail, details } = forUser(thrown);
      for (const suggestion of suggestions) {
        expect(suggestion).toEqual({
          id: expect.any(String),
          label: expect.stringMatching(/^[A-Z].{3,}[.?]$/),
          kind: "advice",
        });
        expect(suggestion.label).not.toMatch(/holdfast|--[a-z]|HOLDFAST|\/api\//);
      }
      expect(`${detail} ${JSON.stringify(details)}`).not.toMatch(/vm-2|"w"|pid/);
      expect(details).toEqual({ runId: "r" });
    },
  );

  test("keeps the sentence of a command's advice and the description of a request", () => {
    const labels = (code: string) =>
      forUser(all.find((one) => one.code === code)).suggestions.map(({ label }) => label);
    expect(labels("RUN_PAUSED")).toEqual(["Continue it."]);
    expect(labels("RUN_LOCKED")).toEqual([
      "Pause it on its worker.",
      "Look at the run.",
      "Watch it; or pause it first.",
    ]);
    expect(labels("STORE_BUSY")).toEqual(["Try again in a moment."]);
    expect(labels("WRONG_USE")).toEqual([]);
  });

  test("keeps the message of an error that reveals nothing about the machine", () => {
    const problem = forUser(new RunNotFoundError({ runId: "r" }));
    expect(problem).toMatchObject({ status: 404, code: "RUN_NOT_FOUND", details: { runId: "r" } });
    expect(problem.detail).toBe(problemOf(new RunNotFoundError({ runId: "r" })).detail);
  });

  test("reveals nothing of an unexpected error", () => {
    const thrown = Object.assign(new TypeError("/srv/app/secret.ts is not a function"), { details: { path: "/srv" } });
    expect(JSON.stringify(forUser(thrown))).not.toContain("/srv");
    expect(forUser(thrown)).toMatchObject({ status: 500, code: "UNEXPECTED", details: {}, suggestions: [] });
  });
});
