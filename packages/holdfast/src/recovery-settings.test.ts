/** `defaults.recovery` from file, environment and flags: which goes first, and what is refused by name. */
import { describe, expect, test } from "vitest";
import { findConfigProblem } from "./config.js";
import { mergeRecoveryDefaults, readRecoveryDefaults, recoveryFlag, recoveryVariable } from "./recovery-settings.js";

const read = (variables: Readonly<Record<string, string>>) =>
  readRecoveryDefaults((field) => variables[recoveryVariable(field)], recoveryVariable);

describe("the environment", () => {
  test("sets each field; an idle timeout may be off, and an empty variable says nothing", () => {
    expect(
      read({
        HOLDFAST_IDLE_TIMEOUT_MS: "60000",
        HOLDFAST_IDLE_CHECK_MS: "",
        HOLDFAST_MAX_RETRIES: "0",
        HOLDFAST_MAX_RECOVERIES: "5",
        HOLDFAST_ON_STALL: "pause",
      }),
    ).toEqual({ idleTimeoutMs: 60_000, maxRetries: 0, maxRecoveries: 5, onStall: "pause" });
    expect(read({ HOLDFAST_IDLE_TIMEOUT_MS: "never" })).toEqual({ idleTimeoutMs: null });
  });

  test.each([
    ["HOLDFAST_IDLE_TIMEOUT_MS", "0"],
    ["HOLDFAST_IDLE_TIMEOUT_MS", "-1"],
    ["HOLDFAST_IDLE_TIMEOUT_MS", "1e6"],
    ["HOLDFAST_IDLE_TIMEOUT_MS", "2h"],
    ["HOLDFAST_IDLE_TIMEOUT_MS", "999999999999999"],
    ["HOLDFAST_IDLE_CHECK_MS", "never"],
    ["HOLDFAST_MAX_RETRIES", "1.5"],
    ["HOLDFAST_MAX_RECOVERIES", "many"],
    ["HOLDFAST_ON_STALL", "ignore"],
  ])("%s=%s is refused by its name, with what was given", (variable, text) => {
    expect(() => read({ [variable]: text })).toThrow(new RegExp(`^${variable}: .*expected, "${text}" was given`));
  });
});

test("flags are named after the fields", () => {
  expect(recoveryFlag("idleTimeoutMs")).toBe("idle-timeout-ms");
  expect(() =>
    readRecoveryDefaults(
      () => "x",
      (field) => `--${recoveryFlag(field)}`,
    ),
  ).toThrow(/^--on-stall: /);
});

test("flags go before the environment, and that before the file, field by field", () => {
  const file = { idleTimeoutMs: 1, maxRetries: 1, maxRecoveries: 1 };
  expect(mergeRecoveryDefaults(file, { idleTimeoutMs: null, maxRetries: 2 }, { maxRetries: 3 })).toEqual({
    idleTimeoutMs: null,
    maxRetries: 3,
    maxRecoveries: 1,
  });
  expect(mergeRecoveryDefaults(undefined, {}, undefined)).toEqual({});
});

test.each([
  [5, "defaults: an object is expected"],
  [{ retention: {} }, 'defaults: there is no setting "retention"'],
  [{ recovery: null }, "defaults.recovery: an object is expected"],
  [{ recovery: { idleTimeoutMs: "2h" } }, "defaults.recovery: idleTimeoutMs"],
  [{ recovery: { stallAfterMs: 1_000 } }, "defaults.recovery: there is no field stallAfterMs"],
])("defaults of %j in the file are refused by name", (defaults, problem) => {
  expect(findConfigProblem({ workflows: [], defaults })).toMatchObject({
    key: "defaults",
    problem: expect.stringContaining(problem),
  });
});

test("defaults that can be meant are taken from the file", () => {
  expect(
    findConfigProblem({ workflows: [], defaults: { recovery: { idleTimeoutMs: null, maxRetries: 0 } } }),
  ).toBeNull();
  expect(findConfigProblem({ workflows: [], defaults: {} })).toBeNull();
});
