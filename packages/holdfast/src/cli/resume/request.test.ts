import { describe, expect, test } from "vitest";
import { readEnvironment } from "../environment.js";
import { resumeRequest } from "./request.js";

const asked = (run: object, variables: Record<string, string> = {}) =>
  resumeRequest({ run }, readEnvironment(variables).resume);

describe("a start that is a resume", () => {
  test("is one by the input or by the environment, each variable over its field", () => {
    expect(asked({ resume: true, experiment_id: "a" })).toEqual({ kind: "resume", runId: "a", isErrorsOnly: false });
    expect(asked({}, { RESUME: "1", EXPERIMENT_ID: "b", RETRY_ERRORS_ONLY: "yes" })).toEqual({
      kind: "resume",
      runId: "b",
      isErrorsOnly: true,
    });
    const file = { resume: true, experiment_id: "a", retry_errors_only: true };
    expect(asked(file, { EXPERIMENT_ID: "b", RETRY_ERRORS_ONLY: "0" })).toEqual({
      kind: "resume",
      runId: "b",
      isErrorsOnly: false,
    });
    expect(asked(file, { RESUME: "off" })).toMatchObject({ kind: "start" });
  });

  test("without an id is refused, never guessed", () => {
    expect(asked({}, { RESUME: "1" })).toMatchObject({
      kind: "refused",
      problem: expect.stringContaining("EXPERIMENT_ID"),
    });
    expect(asked({ resume: true, experiment_id: "" }, { EXPERIMENT_ID: " " })).toMatchObject({ kind: "refused" });
  });

  test("is not one where nothing says so; what then has no effect is told", () => {
    expect(resumeRequest(undefined, readEnvironment({ RESUME: "" }).resume)).toEqual({ kind: "start", warnings: [] });
    expect(resumeRequest("text", readEnvironment({}).resume)).toEqual({ kind: "start", warnings: [] });
    expect(asked({ experiment_id: "a", retry_errors_only: true })).toMatchObject({
      kind: "start",
      warnings: [expect.stringContaining("retry_errors_only"), expect.stringContaining("experiment_id")],
    });
  });
});
