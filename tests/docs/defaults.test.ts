/** docs/guide/defaults.md compared with the code: every default has its row, with the code's value. */
import { readFileSync } from "node:fs";
import * as core from "@holdfast/core";
import { expect, test } from "vitest";
import * as breaker from "../../packages/engine/src/map/breaker.js";
import * as commits from "../../packages/engine/src/map/commits.js";
import { CONCURRENCY_DEFAULT } from "../../packages/engine/src/map/pace.js";
import { NO_WORKER_MS } from "../../packages/engine/src/opened/staff.js";
import { LIMIT_DEFAULTS } from "../../packages/engine/src/run/deps.js";
import { KEEP_BACKUPS_DEFAULT, MIN_FREE_BYTES_DEFAULT } from "../../packages/holdfast/src/config.js";

const PAGE = readFileSync(new URL("../../docs/guide/defaults.md", import.meta.url), "utf8");

const UNITS = [
  ["h", 3_600_000],
  ["min", 60_000],
  ["s", 1_000],
  ["ms", 1],
] as const;

function ms(value: number | null): string {
  if (value === null) return "none";
  const [unit, size] = UNITS.find(([, one]) => value % one === 0 && value >= one) ?? ["ms", 1];
  return `${value / size} ${unit}`;
}

const plain = (value: string | number) => String(value);
const binary = (bytes: number) => (bytes < 1_048_576 ? `${bytes / 1_024} KiB` : `${bytes / 1_048_576} MiB`);

/**
 * The rows of one group of defaults. A default that the page does not have yet fails, since the expected row is then
 * named after the field.
 */
function group<T extends object>(
  defaults: T,
  rows: { readonly [K in keyof T]: readonly [row: string, word: (value: never) => string] },
): readonly (readonly [string, string])[] {
  return Object.entries(defaults).map(([name, value]) => {
    const [row, word] = (rows as Record<string, readonly [string, (value: never) => string]>)[name] ?? [name, plain];
    return [row, word(value as never)];
  });
}

const { safetyMarginMs: _, ...named } = core.WORKER_DEFAULTS;
const { idleTimeoutMs: __, ...recovery } = core.RECOVERY_DEFAULTS;

const CODE = new Map<string, string>([
  ["`attempts`, after an external failure", plain(core.OUTSIDE_ATTEMPTS_DEFAULT)],
  ["`attempts`, after any other failure", "1"],
  ...group(core.BACKOFF_DEFAULTS, {
    initialMs: ["`backoff.initialMs`", ms],
    maxMs: ["`backoff.maxMs`", ms],
    factor: ["`backoff.factor`", plain],
  }),
  ["`timeoutMs`", "none"],
  ...group(LIMIT_DEFAULTS, {
    inlineOutputBytesMax: ["output or checkpoint kept in the store", binary],
    outputBytesMax: ["output or checkpoint at most", binary],
  }),
  ["`concurrency`", plain(CONCURRENCY_DEFAULT)],
  ...group(commits.BATCH_DEFAULTS, { results: ["`batch.results`", plain], ms: ["`batch.ms`", ms] }),
  ["commits in flight", plain(commits.COMMITS_UNDER_WAY_MAX)],
  ["external failures in a row that open the breaker", plain(breaker.OUTAGE_ATTEMPTS_MIN)],
  ["wait until the probe", ms(breaker.PROBE_WAIT_MS)],
  ["wake after an outage", ms(core.OUTAGE_WAKE_MS)],
  ["results over which `maxErrorRate` is computed", plain(breaker.RATE_WINDOW)],
  ["wait after a rate limit that names no time", ms(core.RATE_LIMIT_WAIT_MS)],
  ["longest rate limit that is waited out in place", ms(core.WAIT_HERE_MAX_MS)],
  ["time with only rate-limit answers before the run pauses", ms(core.RATE_LIMIT_PATIENCE_MS)],
  ...group(core.ADAPT_DEFAULTS, {
    cutFactor: ["factor of a cut in adaptive `concurrency`", plain],
    coolDownMs: ["minimum time between cuts", ms],
    freezeMs: ["pause in growth after a server error", ms],
  }),
  ...group(named, {
    concurrency: ["`concurrency` of a worker", plain],
    leaseMs: ["`leaseMs`", ms],
    heartbeatMs: ["`heartbeatMs`", ms],
    stopGraceMs: ["`stopGraceMs`", ms],
    maxBlockedMs: ["`maxBlockedMs`", ms],
    scanMs: ["`scanMs`", ms],
    pollMs: ["`pollMs`", ms],
  }),
  ["margin before a lease ends", ms(core.WORKER_DEFAULTS.safetyMarginMs)],
  ["`priority` of a run", plain(core.PRIORITY_DEFAULT)],
  ["claims of which one takes the oldest run whatever its priority", plain(core.OLDEST_EVERY)],
  ["`dedupe.maxWaitMs`, times `quietMs`", plain(core.QUIET_TIMES)],
  ["`dedupe.maxWaitMs` at most", ms(core.QUIET_MAX_MS)],
  ["warning that there is no worker", ms(NO_WORKER_MS)],
  ...group(recovery, {
    onStall: ["`onStall`", plain],
    maxRecoveries: ["`maxRecoveries`", plain],
    maxRetries: ["`maxRetries`", plain],
    stallAfterMs: ["`stallAfterMs`", ms],
    idleCheckMs: ["`idleCheckMs`", ms],
    startTimeoutMs: ["`startTimeoutMs`", ms],
  }),
  ["`idleTimeoutMs`", ms(core.IDLE_TIMEOUT_DEFAULT_MS)],
  ["`minFreeBytes`", `${MIN_FREE_BYTES_DEFAULT / 1_000_000} MB`],
  ["`keepBackups`", plain(KEEP_BACKUPS_DEFAULT)],
]);

test("the page has every default of the code, with its value and a reason, and no other", () => {
  const rows = [...PAGE.matchAll(/^\| (.+?) \| (.+?) \| (.+?) \|$/gm)].filter(([, name]) => name !== "Setting");
  const shown = new Map(rows.map(([, name = "", value = ""]) => [name, value]));
  expect(shown).toEqual(CODE);
  for (const [, name, , reason = ""] of rows) expect(reason.split(" ").length, name).toBeGreaterThan(3);
});
