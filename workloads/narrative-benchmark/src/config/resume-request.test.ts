import { expect, test } from "vitest";
import { resumeRequest } from "./resume-request.js";

const file = { resume: false, retry_errors_only: false };

test("a plain file starts a new run", () => {
  expect(resumeRequest(file)).toEqual({ kind: "start", warnings: [] });
});

test("the variables ask for a resume, with and without errors only", () => {
  expect(resumeRequest(file, { RESUME: "1", EXPERIMENT_ID: "r1" })).toEqual({
    kind: "resume",
    runId: "r1",
    isErrorsOnly: false,
  });
  expect(resumeRequest(file, { RESUME: "1", EXPERIMENT_ID: "r1", RETRY_ERRORS_ONLY: "1" })).toMatchObject({
    isErrorsOnly: true,
  });
});

test("the variables win over the file, in both directions", () => {
  const resuming = { resume: true, experiment_id: "from-file", retry_errors_only: true };
  expect(resumeRequest(resuming)).toEqual({ kind: "resume", runId: "from-file", isErrorsOnly: true });
  expect(resumeRequest(resuming, { EXPERIMENT_ID: "from-env", RETRY_ERRORS_ONLY: "0" })).toEqual({
    kind: "resume",
    runId: "from-env",
    isErrorsOnly: false,
  });
  expect(resumeRequest(resuming, { RESUME: "0" }).kind).toBe("start");
});

test("a resume without an id is refused and says what to set", () => {
  expect(resumeRequest(file, { RESUME: "1", EXPERIMENT_ID: " " })).toMatchObject({
    kind: "refused",
    reason: expect.stringContaining("EXPERIMENT_ID"),
  });
});

test("settings that only a resume reads are warned about on a new run", () => {
  const outcome = resumeRequest({ ...file, retry_errors_only: true, experiment_id: "r1" });
  expect(outcome.kind === "start" && outcome.warnings).toHaveLength(2);
});
