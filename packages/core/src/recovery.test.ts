import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  decideRecovery,
  findPolicyProblem,
  isIdleCheckDue,
  isStillStalled,
  RECOVERY_DEFAULTS,
  type RecoveryFacts,
  type RecoveryPolicy,
  recoveryCause,
  withLimits,
} from "./recovery.js";
import { RUN_STATUSES } from "./run-status.js";

const ALIVE: RecoveryFacts = {
  status: "running",
  isHolderDead: false,
  wasAlone: true,
  isLeaseExpired: false,
  idleForMs: 0,
  recoveries: 0,
  retries: 0,
  hasRecord: false,
  hasProgressed: false,
  wish: null,
};
const decide = (facts: Partial<RecoveryFacts>, policy: Partial<RecoveryPolicy> = {}) =>
  decideRecovery({ ...ALIVE, ...facts }, { ...RECOVERY_DEFAULTS, ...policy });

describe("a decision about a dead or silent holder", () => {
  const found = { token: 2, isHolderDead: false };
  const now = { status: "running", token: 2, isLeaseExpired: true } as const;

  test("still holds while the run runs under the same token and the silence lasts, or the death was proven", () => {
    expect(isStillStalled(found, now)).toBe(true);
    expect(isStillStalled({ ...found, isHolderDead: true }, { ...now, isLeaseExpired: false })).toBe(true);
  });

  test("no longer holds after a sign of life, another claim, or the end of the run", () => {
    expect(isStillStalled(found, { ...now, isLeaseExpired: false })).toBe(false);
    expect(isStillStalled({ ...found, isHolderDead: true }, { ...now, token: 3 })).toBe(false);
    for (const status of RUN_STATUSES) expect(isStillStalled(found, { ...now, status })).toBe(status === "running");
  });
});

describe("a run whose holder is gone", () => {
  test("is queued again at once the first time its holder is proven dead", () => {
    expect(decide({ isHolderDead: true })).toEqual({
      action: "resume",
      reason: "the holder died",
      uses: "recovery",
      afterMs: 0,
    });
  });

  test("waits 2, 4, 8 … seconds, at most a minute, if the holder was only silent or the run died before", () => {
    const waits = [0, 1, 2, 9].map((recoveries) => decide({ isLeaseExpired: true, recoveries }, { maxRecoveries: 99 }));
    expect(waits.map((decision) => "afterMs" in decision && decision.afterMs)).toEqual([2_000, 4_000, 8_000, 60_000]);
    expect(decide({ isHolderDead: true, recoveries: 1 })).toMatchObject({ action: "resume", afterMs: 4_000 });
  });

  test("fails after three recoveries, whatever it recorded", () => {
    const facts = { isHolderDead: true, recoveries: 3, hasRecord: true };
    expect(decide(facts)).toMatchObject({ action: "fail", reason: "recovered 3 times", uses: "nothing" });
    expect(decide(facts, { onStall: "pause" })).toMatchObject({ action: "fail" });
  });

  test('under onStall "pause" is paused if something is recorded, and fails otherwise', () => {
    const policy = { onStall: "pause" } as const;
    expect(decide({ isHolderDead: true, hasRecord: true }, policy)).toMatchObject({
      action: "pause",
      uses: "recovery",
    });
    expect(decide({ isHolderDead: true }, policy)).toMatchObject({
      action: "fail",
      reason: "the holder died before anything was recorded",
    });
  });

  test("is not charged for a death shared with other runs, however often it was recovered; it is tried again alone", () => {
    const facts = { isHolderDead: true, wasAlone: false, recoveries: 3 };
    const reason = "the holder died with other runs in it";
    expect(decide(facts)).toMatchObject({ action: "resume", uses: "suspicion", reason });
    expect(decide({ ...facts, recoveries: 0 })).toMatchObject({ afterMs: 0 });
    expect(decide({ ...facts, hasRecord: true }, { onStall: "pause" })).toMatchObject({
      action: "pause",
      uses: "suspicion",
    });
    expect(decide(facts, { onStall: "pause" })).toMatchObject({ action: "resume", uses: "suspicion" });
    expect(decide(facts, { onStall: "fail" })).toMatchObject({ action: "fail", reason, uses: "nothing" });
  });

  test('under onStall "fail" fails at once, with the cause', () => {
    const policy = { onStall: "fail" } as const;
    expect(decide({ isLeaseExpired: true, hasRecord: true }, policy)).toMatchObject({
      action: "fail",
      reason: "the holder fell silent",
      uses: "nothing",
    });
  });

  test("gets the pending wish applied, and uses up nothing", () => {
    for (const wish of ["pause", "cancel", "fail"] as const) {
      const found = { isHolderDead: true, recoveries: 3, wish };
      for (const onStall of ["resume", "pause", "fail"] as const) {
        expect(decide(found, { onStall })).toMatchObject({ action: wish, uses: "nothing" });
      }
    }
  });
});

describe("a run that makes no progress", () => {
  const policy = { idleTimeoutMs: 30 * 60_000 };
  const idle = { idleForMs: 30 * 60_000 };

  test("is left alone without a timeout, however long it idles", () => {
    expect(decide({ idleForMs: 1e12 })).toEqual({ action: "none", reason: "the holder is alive" });
  });

  test("is left alone until its timeout, to the millisecond", () => {
    expect(decide({ idleForMs: 30 * 60_000 - 1, hasProgressed: true }, policy)).toMatchObject({ action: "none" });
    expect(decide({ ...idle, hasProgressed: true }, policy)).toMatchObject({ action: "resume" });
  });

  test("is retried when it had progressed, and uses up a retry", () => {
    expect(decide({ ...idle, hasProgressed: true }, policy)).toEqual({
      action: "resume",
      reason: "no progress for 1800 s",
      uses: "retry",
      afterMs: 0,
    });
  });

  test("fails when it had made none since it started", () => {
    expect(decide(idle, policy)).toMatchObject({ action: "fail", reason: "no progress for 1800 s since it started" });
  });

  test("fails after two retries", () => {
    expect(decide({ ...idle, hasProgressed: true, retries: 2 }, policy)).toMatchObject({
      action: "fail",
      reason: "no progress for 1800 s, retried 2 times",
    });
  });

  test("gets the pending wish applied", () => {
    expect(decide({ ...idle, wish: "cancel" }, policy)).toMatchObject({ action: "cancel", uses: "nothing" });
  });

  test("is judged by its holder's death before its idleness", () => {
    const facts = { ...ALIVE, ...idle, isHolderDead: true };
    expect(decideRecovery(facts, { ...RECOVERY_DEFAULTS, ...policy })).toMatchObject({ reason: "the holder died" });
    expect(recoveryCause(facts)).toBe("stalled");
    expect(recoveryCause({ ...ALIVE, ...idle })).toBe("idle");
  });
});

describe("a queued run", () => {
  const queued = { status: "queued", neverStartedForMs: 3_600_000 } as const;

  test("that nobody ever took is left alone without a limit", () => {
    expect(decide(queued)).toEqual({ action: "none", reason: "the run waits for a worker" });
  });

  test("that nobody ever took fails above its limit, with a reason that says so", () => {
    expect(decide(queued, { startTimeoutMs: 3_600_000 })).toEqual({
      action: "fail",
      reason: "never started: no worker took it in 3600 s",
      uses: "nothing",
      afterMs: 0,
    });
    expect(decide(queued, { startTimeoutMs: 3_600_001 })).toMatchObject({ action: "none" });
    expect(recoveryCause({ ...ALIVE, ...queued })).toBe("neverStarted");
  });

  test("that was taken before never fails for waiting", () => {
    expect(decide({ status: "queued" }, { startTimeoutMs: 1 })).toMatchObject({ action: "none" });
  });

  test("with a policy recorded before the limit existed is left alone", () => {
    const { startTimeoutMs: _, ...old } = RECOVERY_DEFAULTS;
    expect(decideRecovery({ ...ALIVE, ...queued }, old as RecoveryPolicy)).toMatchObject({ action: "none" });
  });
});

describe("limits for one check", () => {
  test("override the policy's, and omitted ones keep the policy's values", () => {
    const policy = withLimits(RECOVERY_DEFAULTS, { idleTimeoutMs: 5, maxRetries: 0 });
    expect(policy).toEqual({ ...RECOVERY_DEFAULTS, idleTimeoutMs: 5, maxRetries: 0 });
    expect(withLimits(policy, { idleTimeoutMs: null, maxRecoveries: undefined }).idleTimeoutMs).toBeNull();
    expect(withLimits(policy, {})).toEqual(policy);
  });

  test("idleness is checked by the first scan and then once per interval", () => {
    expect(isIdleCheckDue(300_000, null, 1)).toBe(true);
    const scans = Array.from({ length: 1_200 }, (_, i) => 12_345 + i * 1_000);
    const judged = scans.filter((now, i) => i > 0 && isIdleCheckDue(300_000, scans[i - 1] ?? null, now));
    expect(judged).toHaveLength(4);
  });
});

describe("a policy", () => {
  test("that is invalid is refused with the name of the field", () => {
    expect(findPolicyProblem({ onStall: "stop" })).toBe(
      'onStall: "resume", "pause" or "fail" is expected, "stop" was given',
    );
    expect(findPolicyProblem({ maxRetries: -1 })).toContain("maxRetries: a whole number from 0");
    expect(findPolicyProblem({ maxRecoveries: 1.5 })).toContain("maxRecoveries");
    expect(findPolicyProblem({ stallAfterMs: 999 })).toContain("at least 1000");
    expect(findPolicyProblem({ idleTimeoutMs: 0 })).toContain("or null for never");
    expect(findPolicyProblem({ idleCheckMs: null })).toContain("idleCheckMs");
    expect(findPolicyProblem({ startTimeoutMs: Number.NaN })).toContain("startTimeoutMs");
  });

  test("with the defaults, or with only some fields, is accepted", () => {
    expect(findPolicyProblem(RECOVERY_DEFAULTS)).toBeNull();
    expect(findPolicyProblem({ idleTimeoutMs: null, maxRetries: 0 })).toBeNull();
  });
});

describe("for any facts and policies", () => {
  const anyFacts = fc.record({
    status: fc.constantFrom(...RUN_STATUSES),
    isHolderDead: fc.boolean(),
    isLeaseExpired: fc.boolean(),
    idleForMs: fc.integer({ min: 0, max: 10_000_000 }),
    recoveries: fc.nat(5),
    retries: fc.nat(5),
    wasAlone: fc.boolean(),
    hasRecord: fc.boolean(),
    hasProgressed: fc.boolean(),
    wish: fc.constantFrom(null, "pause", "cancel", "fail"),
    neverStartedForMs: fc.option(fc.integer({ min: 0, max: 10_000_000 }), { nil: undefined }),
  }) as fc.Arbitrary<RecoveryFacts>;
  const anyPolicy = fc.record({
    onStall: fc.constantFrom("resume", "pause", "fail"),
    maxRecoveries: fc.nat(4),
    maxRetries: fc.nat(4),
    stallAfterMs: fc.constant(30_000),
    idleTimeoutMs: fc.option(fc.integer({ min: 1, max: 5_000_000 })),
    idleCheckMs: fc.constant(300_000),
    startTimeoutMs: fc.option(fc.integer({ min: 1, max: 5_000_000 })),
  }) as fc.Arbitrary<RecoveryPolicy>;
  const holds = (check: (facts: RecoveryFacts, policy: RecoveryPolicy) => void) =>
    fc.assert(fc.property(anyFacts, anyPolicy, check), { numRuns: 2_000 });

  test("only running and queued runs are acted on, and never a healthy one", () => {
    holds((facts, policy) => {
      const { action } = decideRecovery(facts, policy);
      if (facts.status !== "running" && facts.status !== "queued") expect(action).toBe("none");
      const isHealthy = !facts.isHolderDead && !facts.isLeaseExpired && policy.idleTimeoutMs === null;
      if (facts.status === "running" && isHealthy) expect(action).toBe("none");
    });
  });

  test("a pending wish is never answered with anything else", () => {
    holds((facts, policy) => {
      const decision = decideRecovery(facts, policy);
      if (facts.status !== "running" || facts.wish === null || decision.action === "none") return;
      expect(decision).toMatchObject({ action: facts.wish, uses: "nothing" });
    });
  });

  test("no run is recovered or retried more often than its policy allows", () => {
    holds((facts, policy) => {
      const decision = decideRecovery(facts, policy);
      if (decision.action === "none") return;
      if (decision.uses === "recovery") expect(facts.recoveries).toBeLessThan(policy.maxRecoveries);
      if (decision.uses === "suspicion") expect(facts.wasAlone).toBe(false);
      if (decision.uses === "recovery") expect(facts.wasAlone).toBe(true);
      if (decision.uses === "retry") expect(facts.retries).toBeLessThan(policy.maxRetries);
      expect(decision.afterMs).toBeLessThanOrEqual(60_000);
    });
  });

  test("more time never turns a decision back into no action", () => {
    holds((facts, policy) => {
      const later = { ...facts, idleForMs: facts.idleForMs + 60_000 };
      if (decideRecovery(facts, policy).action !== "none")
        expect(decideRecovery(later, policy).action).not.toBe("none");
    });
  });
});
