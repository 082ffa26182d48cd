import { describe, expect, test } from "vitest";
import { type HealthFacts, judgeHealth } from "./health.js";
import { NO_PROGRESS } from "./progress.js";
import { RECOVERY_DEFAULTS, type RecoveryFacts } from "./recovery.js";

const MINUTE = 60_000;

function judge(
  recovery: Partial<RecoveryFacts>,
  more: Partial<Omit<HealthFacts, "recovery">> = {},
): ReturnType<typeof judgeHealth> {
  return judgeHealth({
    recovery: {
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
      ...recovery,
    },
    policy: RECOVERY_DEFAULTS,
    workflow: "brief",
    holder: "worker-a",
    reason: null,
    wakeInMs: null,
    progress: NO_PROGRESS,
    uninterruptedForMs: null,
    workerCount: 1,
    supervisorCount: 1,
    ...more,
  });
}

describe("a running run", () => {
  test("with a living holder and no known pace is not stuck, however long it is quiet", () => {
    expect(judge({ idleForMs: 100 * 60 * MINUTE })).toMatchObject({ stuck: false, stuckReason: null });
  });

  test("whose holder is dead is stuck, with the holder's name and the supervisor's next action", () => {
    const { stuck, stuckReason } = judge({ isHolderDead: true });
    expect(stuck).toBe(true);
    expect(stuckReason).toBe("the holder died (worker-a); the supervisor is about to queue it again");
  });

  test("that no supervisor will recover says so, with the remedy", () => {
    const { stuckReason } = judge({ isLeaseExpired: true, recoveries: 3 }, { supervisorCount: 0 });
    expect(stuckReason).toContain("recovered 3 times (worker-a); no supervisor is alive to fail it");
    expect(stuckReason).toContain("holdfast recover");
  });

  test("is stuck above its idle timeout and not below it, whatever its pace was", () => {
    const policy = { ...RECOVERY_DEFAULTS, idleTimeoutMs: 30 * MINUTE };
    const progress = { ...NO_PROGRESS, done: 1_000, total: 2_000, ratePerS: 10 };
    expect(judge({ idleForMs: 31 * MINUTE, hasProgressed: true }, { policy, progress }).stuckReason).toBe(
      "no progress for 1860 s (worker-a); the supervisor is about to queue it again",
    );
    expect(judge({ idleForMs: 29 * MINUTE, hasProgressed: true }, { policy, progress }).stuck).toBe(false);
  });

  test("without a timeout is stuck after ten of its typical intervals, but never before ten minutes", () => {
    const perSecond = { ...NO_PROGRESS, done: 100, ratePerS: 1 };
    expect(judge({ idleForMs: 10 * MINUTE - 1 }, { progress: perSecond }).stuck).toBe(false);
    const { stuckReason } = judge({ idleForMs: 10 * MINUTE }, { progress: perSecond });
    expect(stuckReason).toContain("no progress for 10 min, although it recorded something every 1 s before");
    expect(stuckReason).toContain("idleTimeoutMs is off, so nothing will happen automatically");
    const policy = { ...RECOVERY_DEFAULTS, idleTimeoutMs: 120 * MINUTE, defaulted: ["idleTimeoutMs"] as const };
    expect(judge({ idleForMs: 10 * MINUTE }, { progress: perSecond, policy }).stuckReason).toContain(
      "the workflow sets no idleTimeoutMs, so the supervisor will act after 2 h",
    );
    const perHour = { ...NO_PROGRESS, done: 3, ratePerS: 1 / 3_600 };
    expect(judge({ idleForMs: 9 * 60 * MINUTE }, { progress: perHour }).stuck).toBe(false);
    expect(judge({ idleForMs: 10 * 60 * MINUTE }, { progress: perHour }).stuck).toBe(true);
  });

  test("without a rate uses the pace of its stages, not counting the present silence", () => {
    // Three stages in the first six minutes, then nothing for half an hour.
    const stages = { progress: { ...NO_PROGRESS, done: 3, total: 5 }, uninterruptedForMs: 36 * MINUTE };
    expect(judge({ idleForMs: 30 * MINUTE }, stages).stuck).toBe(true);
    expect(judge({ idleForMs: 15 * MINUTE }, { ...stages, uninterruptedForMs: 21 * MINUTE }).stuck).toBe(false);
  });
});

describe("a queued run", () => {
  test("waits without being stuck as long as a living worker takes its workflow", () => {
    expect(judge({ status: "queued", idleForMs: 1e9 })).toMatchObject({ stuck: false });
  });

  test("is stuck when no living worker takes its workflow, and says which", () => {
    expect(judge({ status: "queued" }, { workerCount: 0 }).stuckReason).toBe(
      "queued, and no living worker takes runs of brief: start one (holdfast worker)",
    );
  });

  test("above its start timeout is stuck even if there are workers", () => {
    const policy = { ...RECOVERY_DEFAULTS, startTimeoutMs: MINUTE };
    expect(judge({ status: "queued", neverStartedForMs: 2 * MINUTE }, { policy }).stuckReason).toBe(
      "never started: no worker took it in 120 s; the supervisor is about to fail it",
    );
  });

  test("with a later start time is not stuck, and says when it starts", () => {
    const { stuck, reason } = judge({ status: "queued" }, { wakeInMs: 8_000, workerCount: 0 });
    expect({ stuck, reason }).toEqual({ stuck: false, reason: "resumes by itself in 8 s" });
  });
});

describe("a paused or finished run", () => {
  test("that waits for a person is not stuck, and says what it waits for", () => {
    expect(judge({ status: "paused" }, { reason: "budget", workerCount: 0 })).toMatchObject({
      stuck: false,
      reason: "budget; waits for a person to resume it",
    });
  });

  test("that resumes by itself says when", () => {
    expect(judge({ status: "paused" }, { reason: "rate_limit", wakeInMs: 3 * 3_600_000 }).reason).toBe(
      "rate_limit; resumes by itself in 3 h",
    );
  });

  test("that is finished is not stuck", () => {
    for (const status of ["completed", "failed", "cancelled"] as const) {
      expect(judge({ status, idleForMs: 1e12 }, { workerCount: 0 }).stuck).toBe(false);
    }
  });
});

describe("remaining work", () => {
  test("includes recoveries and retries, never below 0", () => {
    expect(judge({ recoveries: 1, retries: 5 })).toMatchObject({ recoveriesLeft: 2, retriesLeft: 0 });
  });

  test("is a percentage with one decimal, or unknown without a total", () => {
    expect(judge({}, { progress: { ...NO_PROGRESS, done: 1, total: 3 } }).percent).toBe(33.3);
    expect(judge({}, { progress: { ...NO_PROGRESS, done: 4, total: 3 } }).percent).toBe(100);
    expect(judge({}, { progress: { ...NO_PROGRESS, done: 4 } }).percent).toBeNull();
    expect(judge({}, { progress: { ...NO_PROGRESS, total: 0 } }).percent).toBeNull();
  });

  test("takes the items' range of time if there is one, else the pace of stages and twice that", () => {
    const items = { ...NO_PROGRESS, done: 5, total: 10, etaMs: [1_000, 3_000] as const };
    expect(judge({}, { progress: items, uninterruptedForMs: MINUTE }).etaMs).toEqual([1_000, 3_000]);
    const stages = { ...NO_PROGRESS, done: 2, total: 4 };
    expect(judge({}, { progress: stages, uninterruptedForMs: MINUTE }).etaMs).toEqual([MINUTE, 2 * MINUTE]);
    expect(judge({}, { progress: stages }).etaMs).toBeNull();
    expect(judge({ status: "paused" }, { progress: stages, uninterruptedForMs: MINUTE }).etaMs).toBeNull();
    const ofDead = { progress: stages, uninterruptedForMs: MINUTE };
    expect(judge({ isHolderDead: true, isLeaseExpired: true }, ofDead).etaMs).toBeNull();
  });
});
