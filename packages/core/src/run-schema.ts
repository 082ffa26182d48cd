/**
 * Guards for run records from outside this process or from an older version. `validateRunRecord` checks a record of the
 * current schema; `migrateRunRecord` first upgrades an older one. Within one version the types suffice.
 */
import type { InputIssue } from "./errors/input.js";
import { RunRecordInvalidError } from "./errors/run.js";
import { isRunId } from "./ids.js";
import { NO_PROGRESS, NOTHING_REACHED } from "./progress.js";
import { RECOVERY_DEFAULTS } from "./recovery.js";
import { RUN_SCHEMA_VERSION, type RunRecord } from "./run.js";
import { RUN_STATUSES, type RunStatus } from "./run-status.js";

type Loose = Readonly<Record<string, unknown>>;

const isLoose = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const isInstant = (value: unknown) => typeof value === "number" && Number.isFinite(value) && value >= 0;
const isCount = (value: unknown) => Number.isInteger(value) && (value as number) >= 0;
const orNull = (check: (value: unknown) => boolean) => (value: unknown) => value === null || check(value);
const isText = (value: unknown) => typeof value === "string";

/** For fields added within this schema version, which older records lack. */
const orMissing = (check: (value: unknown) => boolean) => (value: unknown) => value === undefined || check(value);
const isAnything = () => true;

type Check = readonly [check: (value: unknown) => boolean, expected: string];

/** Every field of a record with its allowed values. A test keeps docs/run-record.md in step. */
const FIELDS: { readonly [K in Exclude<keyof RunRecord, "schemaVersion">]: Check } = {
  id: [(value) => isText(value) && isRunId(value as string), "a run id"],
  workflow: [(value) => isText(value) && value !== "", "the workflow's name"],
  version: [orNull(isText), "a text or null"],
  generation: [(value) => isCount(value) && (value as number) >= 1, "a whole number from 1"],
  status: [(value) => RUN_STATUSES.includes(value as RunStatus), `one of ${RUN_STATUSES.join(", ")}`],
  reason: [orNull(isText), "a text or null"],
  owner: [orNull(isText), "a text or null"],
  input: [isAnything, "a JSON value"],
  given: [isAnything, "a JSON value"],
  search: [orMissing(isLoose), "values by field"],
  hasSecrets: [orMissing((value) => typeof value === "boolean"), "true or false"],
  stages: [orNull(Array.isArray), "a list of stages or null"],
  policy: [isLoose, "a recovery policy"],
  through: [orNull(isText), "a stage's name or null"],
  createdAt: [isInstant, "milliseconds UTC"],
  startedAt: [orNull(isInstant), "milliseconds UTC or null"],
  updatedAt: [isInstant, "milliseconds UTC"],
  finishedAt: [orNull(isInstant), "milliseconds UTC or null"],
  timeoutAt: [orNull(isInstant), "milliseconds UTC or null"],
  wakeAt: [orNull(isInstant), "milliseconds UTC or null"],
  retries: [isCount, "a whole number from 0"],
  recoveries: [isCount, "a whole number from 0"],
  deaths: [orMissing(isCount), "a whole number from 0"],
  lastError: [orMissing(orNull(isLoose)), "a recorded error or null"],
  lastErrorAt: [orMissing(orNull(isInstant)), "milliseconds UTC or null"],
  progress: [isLoose, "the progress"],
  reached: [orMissing(isLoose), "what was reached"],
  lease: [orMissing(orNull(isLoose)), "a lease or null"],
  wish: [orMissing(orNull(isLoose)), "a wish or null"],
  directive: [orMissing(orNull(isLoose)), "what a resume asked for, or null"],
  output: [isAnything, "a JSON value"],
  outputFile: [orMissing(orNull(isLoose)), "a file's hash and size, or null"],
  error: [orMissing(orNull(isLoose)), "a recorded error or null"],
  head: [isCount, "a whole number from 0"],
  forkedFrom: [orMissing(orNull(isLoose)), "a run and a stage, or null"],
  parent: [orMissing(orNull(isLoose)), "a run and a stage, or null"],
  code: [orMissing(orNull(isText)), "a text or null"],
};

/** Names of all fields of a run record. */
export const RUN_RECORD_FIELDS: readonly (keyof RunRecord)[] = [
  "schemaVersion",
  ...(Object.keys(FIELDS) as (keyof typeof FIELDS)[]),
];

/**
 * Returns the record if it matches the current schema.
 * @throws {RunRecordInvalidError} RUN_RECORD_INVALID, naming every invalid field and every violated rule between fields
 * (a finished run has `finishedAt` and an unfinished one does not; only a running run has a lease).
 */
export function validateRunRecord(record: unknown): RunRecord {
  if (!isLoose(record)) throw new RunRecordInvalidError({ issues: [{ path: "", message: "an object is expected" }] });
  const issues: InputIssue[] = [];
  if (record.schemaVersion !== RUN_SCHEMA_VERSION) {
    issues.push({ path: "schemaVersion", message: `${RUN_SCHEMA_VERSION} is expected; migrate older records first` });
  }
  for (const [field, [check, expected]] of Object.entries<Check>(FIELDS)) {
    if (!check(record[field])) issues.push({ path: field, message: `${expected} is expected` });
  }
  const isEnded = record.status === "completed" || record.status === "failed" || record.status === "cancelled";
  if (isEnded && record.finishedAt === null) issues.push({ path: "finishedAt", message: "a finished run has one" });
  if (!isEnded && typeof record.finishedAt === "number") {
    issues.push({ path: "finishedAt", message: "an unfinished run has none" });
  }
  if (record.status !== "running" && record.lease !== null && record.lease !== undefined) {
    issues.push({ path: "lease", message: "only a running run has one" });
  }
  if (record.lastError === null && typeof record.lastErrorAt === "number") {
    issues.push({ path: "lastErrorAt", message: "there is no last error" });
  }
  if (issues.length > 0) throw new RunRecordInvalidError({ issues });
  return record as unknown as RunRecord;
}

/** Names that records from before the first schema version used for the present states. */
const OLD_STATUSES: Readonly<Record<string, RunStatus>> = {
  created: "queued",
  pending: "queued",
  processing: "running",
};

/**
 * Upgrades a record of any earlier version to this schema version: newer fields get their defaults, old state names
 * their present ones. A record of the current version is validated and returned unchanged.
 * @throws {RunRecordInvalidError} RUN_RECORD_INVALID if it is newer than this version supports, or invalid.
 */
export function migrateRunRecord(record: unknown): RunRecord {
  if (!isLoose(record)) return validateRunRecord(record);
  const version = record.schemaVersion ?? 0;
  if (version === RUN_SCHEMA_VERSION) return validateRunRecord(record);
  if (version !== 0) {
    throw new RunRecordInvalidError({
      issues: [{ path: "schemaVersion", message: `${String(version)} is not known; up to ${RUN_SCHEMA_VERSION} is` }],
    });
  }
  const { runId, jobId, type, ...rest } = record;
  const status = OLD_STATUSES[String(rest.status)] ?? rest.status;
  return validateRunRecord({
    id: runId ?? jobId,
    workflow: type,
    version: null,
    generation: 1,
    reason: null,
    owner: null,
    input: null,
    given: null,
    search: {},
    hasSecrets: false,
    stages: null,
    policy: RECOVERY_DEFAULTS,
    through: null,
    startedAt: null,
    updatedAt: rest.createdAt,
    finishedAt: null,
    timeoutAt: null,
    wakeAt: null,
    retries: 0,
    recoveries: 0,
    deaths: 0,
    lastError: null,
    lastErrorAt: null,
    progress: NO_PROGRESS,
    reached: NOTHING_REACHED,
    lease: null,
    wish: null,
    directive: null,
    output: null,
    outputFile: null,
    error: null,
    head: 0,
    forkedFrom: null,
    parent: null,
    code: null,
    ...rest,
    status,
    schemaVersion: RUN_SCHEMA_VERSION,
  });
}
