/**
 * What is mutated, and the tests that should notice: the lease and retry rules of core, the fence, recovery and the
 * commits of maps. The tests run on the sources, with the store in this thread.
 */
const CONTRACT = "tests/mutation/contract.cover.ts";

/** `only`: run only the tests whose names match this pattern. */
export const TARGETS = [
  { file: "packages/core/src/lease.ts", tests: ["packages/core/src/lease.test.ts"] },
  { file: "packages/core/src/boot.ts", tests: ["packages/core/src/boot.test.ts"] },
  { file: "packages/core/src/retry.ts", tests: ["packages/core/src/retry.test.ts"] },
  {
    file: "packages/core/src/recovery.ts",
    tests: ["packages/core/src/recovery.test.ts", "packages/core/src/recovery-defaults.test.ts"],
  },
  { file: "packages/core/src/json.ts", tests: ["packages/core/src/json.test.ts"] },
  { file: "packages/engine/src/run/stop.ts", tests: ["packages/engine/src/run/stop.test.ts"] },
  { file: "packages/engine/src/run/stopping.ts", tests: ["packages/engine/src/run/stopping.test.ts"] },
  { file: "packages/engine/src/run/not-idle.ts", tests: ["packages/engine/src/run/not-idle.test.ts"] },
  { file: "packages/engine/src/run/paid-calls.ts", tests: ["packages/engine/src/run/paid-calls.test.ts"] },
  { file: "packages/engine/src/run/heart/heart.ts", tests: ["packages/engine/src/run/heart/heart.test.ts"] },
  { file: "packages/engine/src/run/lease-watch.ts", tests: ["packages/engine/src/run/heart/heart.test.ts"] },
  { file: "packages/engine/src/map/low-water.ts", tests: ["packages/engine/src/map/low-water.test.ts"] },
  { file: "packages/engine/src/map/breaker.ts", tests: ["packages/engine/src/map/breaker.test.ts"] },
  { file: "packages/engine/src/map/commits.ts", tests: ["packages/engine/src/map/commits.test.ts"] },
  { file: "packages/engine/src/map/open-intents.ts", tests: ["packages/engine/src/map/open-intents.test.ts"] },
  { file: "packages/engine/src/map/budget.ts", tests: ["packages/engine/src/map/budget.test.ts"] },
  ...["findings", "leftovers", "own-run", "retention"].map((name) => ({
    file: `packages/engine/src/manage/${name}.ts`,
    tests: [`packages/engine/src/manage/${name}.test.ts`],
  })),
  { file: "packages/store-sqlite/src/sql/fence.ts", tests: [CONTRACT], only: ": (fence|attempts|events|maps)" },
  { file: "packages/store-sqlite/src/hot.ts", tests: ["packages/store-sqlite/src/hot.test.ts"] },
  {
    file: "packages/store-sqlite/src/sql/lease-rules.ts",
    tests: ["packages/store-sqlite/src/sql/lease-rules.test.ts"],
  },
  { file: "packages/store-sql/src/lease-rules.ts", tests: ["packages/store-sql/src/lease-rules.test.ts"] },
  {
    file: "packages/store-sqlite/src/sql/recovery.ts",
    tests: ["packages/store-sqlite/src/sql/recovery.test.ts", CONTRACT],
    only: ": (recovery|charges|runs that were|takeover|revision|counts|workers)",
  },
  { file: "packages/store-sqlite/src/sql/resources.ts", tests: [CONTRACT], only: ": (fence|resources)" },
  {
    file: "packages/store-sqlite/src/sql/item-rows.ts",
    tests: ["packages/store-sqlite/src/sql/item-rows.test.ts", CONTRACT],
    only: "(statements the results of maps|: (maps|records of maps|cost of calls|erased))",
  },
  {
    file: "packages/store-sqlite/src/sql/maps.ts",
    tests: ["packages/store-sqlite/src/sql/maps.test.ts", CONTRACT],
    only: ": (maps|records of maps|cost of calls|fence|erased|marks on causes|failures of all runs|runs and items by cause)",
  },
];

/** Mutants that survive, each with its reason; `words` as the runner prints them. */
export const EXPLAINED = [
  {
    file: "packages/engine/src/manage/findings.ts",
    words: "< → <=",
    why: "no two findings are of one run",
  },
  {
    file: "packages/engine/src/manage/findings.ts",
    words: "false → true",
    why: "of a run that nobody took only the time that it waits is judged; the other facts are there for their type",
  },
  {
    file: "packages/store-sqlite/src/sql/recovery.ts",
    words: "|| → &&",
    why: "what is charged, and a suspicion, is decided about a holder that died or fell silent, so the last condition holds too",
  },
  {
    file: "packages/store-sqlite/src/sql/maps.ts",
    words: "> → >=",
    why: "without results nothing is removed: one query more",
  },
  {
    file: "packages/store-sqlite/src/sql/recovery.ts",
    words: ">= → >",
    why: "a page that is full is read on, and nothing more is taken: one query more",
  },
  {
    file: "packages/engine/src/run/paid-calls.ts",
    words: "without this.waiters.delete(wake);",
    why: "a promise that is resolved twice stays as it is; the line keeps the set small",
  },
  {
    file: "packages/engine/src/map/open-intents.ts",
    words: "< → <=",
    why: "of two equal numbers either is the smaller one",
  },
  {
    file: "packages/engine/src/run/stopping.ts",
    words: "without this.settleWaiters.delete(wake);",
    why: "a promise that is resolved twice stays as it is; the line keeps the set small",
  },
  {
    file: "packages/engine/src/run/stopping.ts",
    words: "without aborts.clear();",
    why: "an abort keeps its first reason; the line lets finished attempts go",
  },
];
