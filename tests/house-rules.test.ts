/**
 * The rules of this repository that no linter knows, each with its alternative: what is banned, what to use instead,
 * and the places that are exempt, each with its reason. An exemption that no longer applies fails too.
 */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { BACKOFF_DEFAULTS, RECOVERY_DEFAULTS, safetyMarginMs, trustedUntilMs, WORKER_DEFAULTS } from "@holdfast/core";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Longer files cannot be read in one sitting. */
const LINES_MAX = 400;
/** A test file is a list of cases, so it may be longer than the file it tests. */
const TEST_LINES_MAX = 600;

interface Ban {
  readonly what: string;
  readonly text: RegExp;
  readonly use: string;
  /** Which files the rule applies to; tests have rules of their own. */
  readonly where: RegExp;
  /** File to reason. */
  readonly exempt: Readonly<Record<string, string>>;
}

const LIBRARY = /^packages\/(core|engine|dataset-files|store-[^/]+|models)\/src\/(?!testing\/)/;
const ALL_TESTS = /\.test\.ts$|^tests\//;

const BANS: readonly Ban[] = [
  {
    what: "the time",
    text: /\bDate\.now\(|\bnew Date\(\)/,
    use: "clock.nowMs(), so that tests and the simulation own time",
    where: LIBRARY,
    exempt: {
      "packages/engine/src/base/system-clock.ts": "the engine's real clock",
      "packages/models/src/clock.ts": "the model client's real clock",
      "packages/store-sqlite/src/store-time.ts": "the store's real clock: the database's rules",
    },
  },
  {
    what: "chance",
    text: /\bMath\.random\(/,
    use: "the random of the context, so that a seed replays",
    where: LIBRARY,
    exempt: {
      "packages/store-sqlite/src/open.ts": "spreads processes that open one file at once; decides nothing",
      "packages/store-sqlite/src/reader.ts": "spreads readers that met a lock; decides nothing",
      "packages/store-sqlite/src/backup.ts": "a temporary file's name",
    },
  },
  {
    what: "timers",
    text: /\b(setTimeout|setInterval)\(/,
    use: "clock.sleep or clock.setTimer, so that tests and the simulation own time",
    where: LIBRARY,
    exempt: {
      "packages/engine/src/base/system-clock.ts": "the engine's real clock",
      "packages/engine/src/worker/take.ts": "keeps the process alive while it executes; never fires",
      "packages/engine/src/run/heart/thread-heart.ts": "the ticks by which the heart sees that the main loop lives",
      "packages/dataset-files/src/threaded-source.ts": "watches a reader thread that may hang",
      "packages/models/src/clock.ts": "the model client's real clock",
      "packages/store-postgres/src/timers.ts": "hints between processes, in real time",
      "packages/store-sqlite/src/wait.ts": "waits for another process's lock, in real time",
    },
  },
  {
    what: "console",
    text: /\bconsole\.\w+\(/,
    use: "an event; who reads it words the line",
    where: LIBRARY,
    exempt: {},
  },
  {
    what: "exits and output",
    text: /\bprocess\.(exit|exitCode|stdout|stderr)\b/,
    use: "a thrown error or a returned outcome: a library never exits or prints",
    where: LIBRARY,
    exempt: {
      "packages/engine/src/child-main.ts": "the program of a child process, which is ours from start to end",
    },
  },
  {
    what: "accessors in object literals",
    text: /^ {4,}[gs]et \w+\(/,
    use: "a value, or a getter of a class: V8 gives each such object a hidden class of its own, which keeps all that the accessor holds until a full collection",
    where: /^packages\/(core|engine|store-[^/]+)\/src\//,
    exempt: {},
  },
  {
    what: "the environment",
    text: /\bprocess\.env\b/,
    use: "an option: only the command reads the environment",
    where: LIBRARY,
    exempt: {},
  },
  {
    what: "the store behind the facade",
    text: /\bholdfast\.store\b|\)\.store\.|\{[^{}]*\bstore\b[^{}]*\}(: Holdfast\b| = .*\bholdfast;)/,
    use: "runs, datasets, storage, leases and management: the command and the server are the library's examples",
    where: /^(packages\/holdfast\/src\/cli|apps\/server\/src)\//,
    exempt: {},
  },
  {
    what: "tests left out",
    text: /\b(describe|test|it)\.(only|skip|todo)\b/,
    use: "a test that runs; describe.skipIf with the reason in its title where a program is missing",
    where: ALL_TESTS,
    exempt: {},
  },
  {
    what: "sleeping in tests",
    text: /\b(setTimeout|setInterval)\(|"node:[t]imers/,
    use: "an event with a deadline, or the virtual clock",
    where: ALL_TESTS,
    exempt: {
      "tests/suite/reporter.mjs": "the deadline of each test file",
      "tests/suite/run.mjs": "ends a test run in which nothing ends any more",
      "tests/suite/postgres.mjs": "the deadline of a server that is started",
      "tests/mutation/run.mjs": "the deadline of a mutant that hangs the thread of its tests",
      "tests/chaos/harness/wait-for.ts": "the one wait for what can only be seen by looking again",
      "tests/chaos/fixture/workflows.mjs": "stages that take time: what is killed must be under way",
      "tests/chaos/fixture/harms.mjs": "the same, and what is thrown in a timer",
      "tests/chaos/fixture/storm.mjs": "the same as workflows.mjs",
      "tests/chaos/fixture/schedule-worker.mjs": "kills itself at a random moment",
      "tests/chaos/storm.test.ts": "a storm kills at random moments",
      "tests/chaos/postgres-storm.test.ts": "the same, and the server is away at random moments",
      "tests/map/erase-killed.mjs": "kills itself in the middle of what it does",
      "tests/chaos/workforce-kill.test.ts": "the same, in the middle of simulations",
      "tests/chaos/trade-kill.test.ts": "the same, in the middle of a sweep and of its comparison with chance",
      "tests/chaos/fixture/other-world.mjs": "a process whose clock is set while it runs looks for the new time",
      "tests/chaos/fixture/hold-lock.mjs": "holds a lock for so long, as another program would",
      "tests/browser/fixture/holdfast.config.mjs": "stages that take time: a page must see them move",
      "tests/realtime/pace.test.ts": "runs that write at a pace, faster than people see or a line takes",
      "tests/chaos/fixture/raw-holder.mjs": "a holder that sleeps through its lease and wakes",
      "packages/testkit/src/crash/crash-test.test.ts": "a stage that takes real time under the virtual clock",
    },
  },
  {
    what: "hooks in fixtures of tests whose files share a process",
    text: /^(before|after)(All|Each)\(/,
    use: "atFileEnd (tests/suite/file-end.ts) or onTestFinished, since files share a process and evaluate a fixture once; or a process each, by vitest.config.ts",
    where:
      /^(packages|apps|workloads|tests\/(?!(acceptance|chaos|demo|hosts|jobs|postgres|workforce)\/))\/?.*(?<!\.test)\.ts$/,
    exempt: {
      "apps/server/src/testing/world.fixture.ts": "its tests have a process each",
      "packages/store-sqlite/src/testing/contract-factory.ts": "the same",
      "workloads/workforce-simulation/src/executor/session.fixture.ts": "the same",
    },
  },
  {
    what: "mocks of our own modules",
    text: /\bvi\.(mock|spyOn|fn)\(/,
    use: "the seams: the clock, the fault points, the in-memory store",
    where: ALL_TESTS,
    exempt: {},
  },
];

/** Files longer than the limit, each with the reason. */
const LONG_FILES: Readonly<Record<string, string>> = {};

const files = ["packages", "apps", "workloads", "tests", "examples"].flatMap((folder) => sourcesIn(join(ROOT, folder)));

function sourcesIn(folder: string): { name: string; text: string }[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory())
      return ["node_modules", "bundle", "dist", "testdata"].includes(entry.name) ? [] : sourcesIn(path);
    if (!/\.(ts|tsx|mjs)$/.test(entry.name)) return [];
    return [{ name: relative(ROOT, path).split(sep).join("/"), text: readFileSync(path, "utf8") }];
  });
}

/** Comments may name what code must not use. Strings are not removed: banned code does not occur in our texts. */
function codeLines(text: string): string[] {
  return text
    .replace(/\/\*[\s\S]*?\*\//g, (comment) => comment.replace(/[^\n]/g, " "))
    .replace(/(^|\s)\/\/.*$/gm, "$1")
    .split("\n");
}

describe("house rules", () => {
  test.each(BANS)("no $what outside the exempt places; use $use", ({ text, where, exempt }) => {
    const hits = files
      .filter(({ name }) => where.test(name) && (where === ALL_TESTS || !ALL_TESTS.test(name)))
      .flatMap((file) =>
        codeLines(file.text).flatMap((line, index) =>
          text.test(line) ? [{ name: file.name, place: `${file.name}:${index + 1}: ${line.trim()}` }] : [],
        ),
      );
    expect(hits.filter(({ name }) => !(name in exempt)).map(({ place }) => place)).toEqual([]);
    const found = new Set(hits.map(({ name }) => name));
    expect(Object.keys(exempt).filter((name) => !found.has(name))).toEqual([]);
  });

  test(`no file is longer than ${LINES_MAX} lines, no test than ${TEST_LINES_MAX}`, () => {
    const long = files
      .map(({ name, text }) => ({ name, lines: text.split("\n").length - 1 }))
      .filter(({ name, lines }) => lines > (ALL_TESTS.test(name) ? TEST_LINES_MAX : LINES_MAX))
      .map(({ name }) => name);
    expect(long.filter((name) => !(name in LONG_FILES))).toEqual([]);
    expect(Object.keys(LONG_FILES).filter((name) => !long.includes(name))).toEqual([]);
  });

  test("every source file opens with a comment that says what it contains", () => {
    const silent = files
      .filter(({ name }) => /^(packages|apps|workloads)\/[^/]+\/src\//.test(name) && !ALL_TESTS.test(name))
      .filter(({ text }) => !/^(#!.*\n)?(\/\*\*|\/\/ )/.test(text));
    expect(silent.map(({ name }) => name)).toEqual([]);
  });

  test("every public export of core has a docstring", () => {
    const bare = files
      .filter(
        ({ name }) => name.startsWith("packages/core/src/") && !ALL_TESTS.test(name) && !name.endsWith("/index.ts"),
      )
      .flatMap(({ name, text }) =>
        [...text.matchAll(/^export (?:abstract )?(?:const|function|class|interface|type) (\w+)/gm)]
          .filter((match) => !text.slice(0, match.index).endsWith("*/\n"))
          .map((match) => `${name}: ${match[1]}`),
      );
    expect(bare).toEqual([]);
  });
});

describe("relations between constants", () => {
  const { heartbeatMs, leaseMs, stopGraceMs, maxBlockedMs, scanMs, pollMs } = WORKER_DEFAULTS;
  const { stallAfterMs, idleCheckMs } = RECOVERY_DEFAULTS;

  test("five heartbeats may be lost before a holder counts as stale", () => {
    expect(stallAfterMs).toBeGreaterThan(5 * heartbeatMs);
  });

  test("silence is judged before the lease expires", () => {
    expect(stallAfterMs).toBeLessThan(leaseMs);
  });

  test("a worker stops trusting its lease before another may take over, and sends heartbeats within the trusted time", () => {
    const trustedMs = trustedUntilMs(0, { leaseMs, stallAfterMs });
    expect(trustedMs).toBe(Math.min(leaseMs, stallAfterMs) - safetyMarginMs(Math.min(leaseMs, stallAfterMs)));
    expect(heartbeatMs).toBeLessThan(trustedMs / 4);
    for (const windowMs of [1_000, 3_000, 15_000, leaseMs]) expect(safetyMarginMs(windowMs)).toBeLessThan(windowMs / 2);
  });

  test("draining ends before an orchestrator kills the process, 30 s after its request", () => {
    expect(stopGraceMs).toBeLessThan(30_000);
  });

  test("a stage may block longer than a lease lasts, since heartbeats do not need the main thread", () => {
    expect(maxBlockedMs).toBeGreaterThan(leaseMs);
  });

  test("a dead holder on this host is found well before its silence would show it", () => {
    expect(scanMs).toBeLessThan(stallAfterMs / 10);
    expect(pollMs).toBeLessThanOrEqual(scanMs);
    expect(idleCheckMs).toBeGreaterThan(scanMs);
  });

  test("waits between attempts grow, up to a limit", () => {
    expect(BACKOFF_DEFAULTS.factor).toBeGreaterThan(1);
    expect(BACKOFF_DEFAULTS.maxMs).toBeGreaterThan(BACKOFF_DEFAULTS.initialMs);
  });
});
