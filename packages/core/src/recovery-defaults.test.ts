import { describe, expect, test } from "vitest";
import {
  countedRecoveries,
  findDefaultsProblem,
  IDLE_TIMEOUT_DEFAULT_MS,
  RECOVERY_DEFAULTS,
  type RecoveryPolicy,
  withDefaults,
} from "./recovery.js";

const DEFAULTS = { onStall: "pause", maxRetries: 7, idleTimeoutMs: 60_000 } as const;

describe("recovery defaults of the judging process", () => {
  const policy: RecoveryPolicy = { ...RECOVERY_DEFAULTS, maxRetries: 5 };

  test("fill in only what the workflow left out", () => {
    const judged = withDefaults({ ...policy, defaulted: ["onStall", "maxRecoveries"] }, DEFAULTS);
    expect(judged).toMatchObject({ onStall: "pause", maxRecoveries: 3, maxRetries: 5, idleTimeoutMs: null });
  });

  test("change nothing in a policy recorded before defaults existed", () => {
    expect(withDefaults(policy, DEFAULTS)).toBe(policy);
    expect(withDefaults({ ...policy, defaulted: [] }, DEFAULTS)).toMatchObject({ onStall: "resume" });
  });

  test("check for idleness at least once per timeout, unless the workflow says how often", () => {
    const open = { ...policy, defaulted: ["idleTimeoutMs", "idleCheckMs"] as const };
    expect(withDefaults(open, DEFAULTS).idleCheckMs).toBe(60_000);
    expect(withDefaults(open, {}).idleCheckMs).toBe(300_000);
    expect(withDefaults(open, { idleTimeoutMs: 3_600_000 }).idleCheckMs).toBe(300_000);
    expect(withDefaults({ ...policy, defaulted: ["idleTimeoutMs"] }, DEFAULTS).idleCheckMs).toBe(300_000);
  });

  test("are two hours of idleness, checked every five minutes", () => {
    expect(IDLE_TIMEOUT_DEFAULT_MS).toBe(7_200_000);
    expect(RECOVERY_DEFAULTS.idleCheckMs).toBe(300_000);
  });

  test("are refused with the name of the invalid field", () => {
    for (const given of [null, "all", 5, []]) expect(findDefaultsProblem(given)).toBe("an object is expected");
    expect(findDefaultsProblem({ stallAfterMs: 1_000 })).toMatch(/^there is no field stallAfterMs: onStall, /);
    expect(findDefaultsProblem({ maxRetries: -1 })).toMatch(/maxRetries/);
    expect(findDefaultsProblem({})).toBe(null);
    expect(findDefaultsProblem(DEFAULTS)).toBe(null);
  });
});

test("recoveries count in a row: an outcome since the last death resets the count", () => {
  expect(countedRecoveries({ recoveries: 2, deaths: 1 })).toBe(2);
  expect(countedRecoveries({ recoveries: 2, deaths: 0 })).toBe(0);
});
