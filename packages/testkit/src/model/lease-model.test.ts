/**
 * Explores every state of the lease protocol within stated bounds. LONG=1 explores the long form; STATES=1 prints the
 * number of states.
 */
import { describe, expect, test } from "vitest";
import { explore } from "./explore.js";
import { LeaseModel, type LeaseWorld } from "./lease-model.js";
import { LEASE_RULES } from "./lease-rules.js";
import { LEASE_INVARIANTS } from "./lease-store.js";
import { PLANTED_LEASE_BUGS } from "./planted-lease-bugs.js";

type Bounds = Omit<LeaseWorld, "rules">;

/**
 * Two runs to cover what they share, their workers and time; one run to cover everything that can go wrong with it, one
 * fault after another.
 */
const SHORT: readonly Bounds[] = [
  { workers: 3, runs: 2, faultsMax: 1 },
  { workers: 3, runs: 1, faultsMax: 4 },
];
const LONG: readonly Bounds[] = [
  { workers: 4, runs: 2, faultsMax: 2 },
  { workers: 3, runs: 1, faultsMax: Number.POSITIVE_INFINITY },
];
const isLong = process.env.LONG === "1";
/** The long form takes minutes to hours; the short one seconds. */
const TIMEOUT_MS = isLong ? 12 * 60 * 60_000 : 120_000;
/** Far above the actual number, so that a model that grows without bounds also ends. */
const STATES_MAX = isLong ? 200_000_000 : 3_000_000;

describe("the lease protocol", () => {
  test.each(isLong ? LONG : SHORT)(
    "all invariants hold in every state of $workers workers and $runs runs with up to $faultsMax faults",
    { timeout: TIMEOUT_MS },
    (bounds) => {
      const { stateCount, broken } = explore(new LeaseModel({ ...bounds, rules: LEASE_RULES }), STATES_MAX);
      if (process.env.STATES === "1") process.stdout.write(`${JSON.stringify(bounds)}: ${stateCount} states\n`);
      expect(told(broken)).toEqual({});
      // The stage can be begun, recorded and reported: an exploration that gets nowhere breaks nothing either.
      expect(stateCount).toBeGreaterThan(100_000);
    },
  );

  test.each(PLANTED_LEASE_BUGS)("$name: caught by $caughtBy", ({ rules, faultsMax, caughtBy, runs = 1 }) => {
    const world = { workers: 2, runs, faultsMax, rules: { ...LEASE_RULES, ...rules } };
    const { broken } = explore(new LeaseModel(world), STATES_MAX);
    expect([...broken.keys()].sort()).toEqual([...caughtBy].sort());
  });

  test("each invariant has a planted bug that breaks it alone", () => {
    const alone = PLANTED_LEASE_BUGS.flatMap(({ caughtBy }) => (caughtBy.length === 1 ? caughtBy : []));
    expect(new Set(alone)).toEqual(new Set(LEASE_INVARIANTS));
  });

  test("a broken invariant is reported with the shortest path of moves that leads there", () => {
    const rules = { ...LEASE_RULES, isMine: PLANTED_LEASE_BUGS[0]?.rules.isMine ?? LEASE_RULES.isMine };
    const { broken } = explore(new LeaseModel({ workers: 2, runs: 1, faultsMax: 1, rules }), STATES_MAX);
    expect(broken.get("fenced")).toEqual([
      "Worker A asks for run 1",
      "Worker B asks for run 1",
      "Worker A's claim of run 1 reaches the store",
      "Worker A hears of its claim of run 1",
      "The store loses the commit of the claim of run 1",
      "Worker B's claim of run 1 reaches the store",
      "Worker A's announcement of an attempt at run 1 reaches the store",
    ]);
  });
});

/** Format of a failure: each broken invariant with the moves that lead there. */
function told(broken: ReadonlyMap<string, readonly string[]>): Record<string, readonly string[]> {
  return Object.fromEntries(broken);
}
