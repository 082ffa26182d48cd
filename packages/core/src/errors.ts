/**
 * Every error that Holdfast throws: one abstract base, a class per code. A message says subject, what happened, what
 * was expected; the cure stands in the table of `error-specs.ts`. Expected outcomes (a lease that another holds, a
 * refused write) are returned as unions by the store and become errors only where a caller must stop.
 */
import type { RunAct } from "./act.js";
import { ERROR_SPECS, type ErrorCode, type ErrorSpec } from "./error-specs.js";
import type { RunStatus } from "./run.js";

/** An error as recorded: plain data, the same live and after a restart. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly category?: string | undefined;
  readonly details?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: RecordedError | undefined;
}

/** The base of every error thrown here: a code, plain details, and the code's row of the table. */
export abstract class HoldfastError extends Error {
  abstract readonly code: ErrorCode;
  abstract readonly details: object;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = new.target.name;
  }

  /** The code's row in the table: HTTP status, exit code, advice. */
  get spec(): ErrorSpec {
    return ERROR_SPECS[this.code];
  }
}

/** The error of problems that are plain use of a code: subject and message come from where it is thrown. */
function define<const C extends ErrorCode, D extends object>(code: C, word: (details: D) => string) {
  return class extends HoldfastError {
    readonly code = code;
    constructor(
      readonly details: D,
      options?: ErrorOptions,
    ) {
      super(word(details), options);
    }
  };
}

const list = (names: readonly string[]) => (names.length === 0 ? "none" : names.join(", "));

/** The start of an id matches more than one run. */
export class AmbiguousRunIdError extends define(
  "AMBIGUOUS_RUN_ID",
  (d: { prefix: string; matches: readonly string[] }) =>
    `"${d.prefix}" matches several runs: ${d.matches.slice(0, 5).join(", ")}${d.matches.length > 5 ? ", …" : ""}.`,
) {}

/** A handler of the server did not answer in time. What it had begun to write may still be written, whole. */
export class AnswerTimedOutError extends define(
  "ANSWER_TIMED_OUT",
  (d: { limitMs: number }) => `There was no answer within ${d.limitMs / 1_000} s; it may still be done.`,
) {}

/** An artifact's bytes are not those that were recorded; it is reported, never trusted. */
export class ArtifactChangedError extends define(
  "ARTIFACT_CHANGED",
  (d: { path: string; recordedSha256: string; foundSha256: string }) =>
    `Artifact ${d.path}: its content changed after it was recorded (recorded SHA-256 ${d.recordedSha256.slice(0, 12)}…, ` +
    `found ${d.foundSha256.slice(0, 12)}…).`,
) {}

/** A recorded file is not on the disk; the record stays, the stage can be run again on request. */
export class ArtifactMissingError extends define(
  "ARTIFACT_MISSING",
  (d: { path: string; runId: string; stage: string }) =>
    `Artifact ${d.path} of run ${d.runId}, stage ${d.stage}: the file recorded is not there.`,
) {}

/** A name given to `artifact` could leave its attempt's folder, or no file system takes it. */
export class ArtifactNameInvalidError extends define(
  "ARTIFACT_NAME_INVALID",
  (d: { name: string }) =>
    `"${d.name}" cannot name an artifact: letters, digits, ".", "_", "-" and "/" between folders are expected, without "..".`,
) {}

/** One place in an input that does not fit. */
export interface InputIssue {
  /** Dotted path within the input; empty for the whole. */
  readonly path: string;
  readonly message: string;
}

/** The input does not fit the workflow's schema. All issues are named, not the first. */
export class BadInputError extends define(
  "BAD_INPUT",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ")}`,
) {}

/** A run id that is not well-formed: refused before any path is made from it. */
export class BadRunIdError extends define(
  "BAD_RUN_ID",
  (d: { runId: string }) =>
    `"${d.runId.slice(0, 160)}" is not a run id: 1 to 128 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without "..".`,
) {}

/** What a stage wanted to save does not fit the schema of its checkpoint. */
export class CheckpointInvalidError extends define(
  "CHECKPOINT_INVALID",
  (d: { stage: string; issues: readonly InputIssue[] }) =>
    `Stage ${d.stage}: the checkpoint to save does not fit its schema: ` +
    `${d.issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ")}.`,
) {}

/** A configuration file cannot be read or does not fit. */
export class ConfigInvalidError extends define(
  "CONFIG_INVALID",
  (d: { subject: string; problem: string }) => `${d.subject}: ${d.problem}`,
) {}

/** The file of a dataset is not the one that was ingested: what a resume would read has changed. */
export class DatasetChangedError extends define(
  "DATASET_CHANGED",
  (d: {
    dataset: string;
    path: string;
    recordedSha256: string;
    foundSha256: string;
    changed: number;
    added: number;
    missing: number;
  }) =>
    `Dataset ${d.dataset}: ${d.path} is not the file that was ingested (recorded SHA-256 ${d.recordedSha256}, found ` +
    `${d.foundSha256}): ${d.changed} rows changed, ${d.added} added, ${d.missing} missing.`,
) {}

/** No dataset of this name was ingested here. */
export class DatasetNotFoundError extends define(
  "DATASET_NOT_FOUND",
  (d: { dataset: string }) => `No dataset is called "${d.dataset}".`,
) {}

/** Before a resume: what is left on the disk might not hold what the run will write. */
export class DiskLowError extends define(
  "DISK_LOW",
  (d: { path: string; freeBytes: number; neededBytes: number }) =>
    `${d.path}: ${mebibytes(d.freeBytes)} free, at least ${mebibytes(d.neededBytes)} are expected before a resume.`,
) {}

const mebibytes = (bytes: number) => `${(bytes / 2 ** 20).toFixed(0)} MiB`;

/** One difference between what was recorded and what is there now. */
export interface DriftItem {
  readonly what: "inputs" | "config" | "dataset" | "code";
  readonly stage?: string | undefined;
  readonly was: string;
  readonly now: string;
}

/** What recorded results depend on has changed; the user's word is needed. */
export class DriftError extends define(
  "DRIFT",
  (d: { runId: string; drift: readonly DriftItem[] }) =>
    `Run ${d.runId} was recorded under other conditions: ${d.drift
      .map((item) => `${item.what}${item.stage ? ` of stage ${item.stage}` : ""} was ${item.was}, is ${item.now}`)
      .join("; ")}.`,
) {}

/** The caller is known and may not do this. */
export class ForbiddenError extends define(
  "FORBIDDEN",
  (d: { caller: string; role: string; what: string; needs: readonly string[] }) =>
    `${d.caller} (${d.role}) may not ${d.what}; that takes the role ${d.needs.join(" or ") || "of nobody"}.`,
) {}

/** The Host header names a server that this one is not. */
export class HostRefusedError extends define(
  "HOST_REFUSED",
  (d: { host: string }) => `This server does not answer for the host "${d.host.slice(0, 200)}".`,
) {}

/** The same key, another body: which of the two was meant cannot be told. */
export class IdempotencyKeyReusedError extends define(
  "IDEMPOTENCY_KEY_REUSED",
  (d: { runId: string }) => `The idempotency key was used for run ${d.runId}, which was asked for differently.`,
) {}

/** The run's state does not allow what was asked of it; `RUN_MOVES` has the legal moves. */
export class IllegalMoveError extends define(
  "ILLEGAL_MOVE",
  (d: { runId: string; status: RunStatus; asked: RunAct; allowed: readonly RunStatus[] }) =>
    `Run ${d.runId} is ${d.status}: ${d.asked} is possible only when it is ${list(d.allowed)}.`,
) {}

/** An input given over HTTP names an address that the server does not call for callers. Nothing was sent. */
export class InputEndpointRefusedError extends define(
  "INPUT_ENDPOINT_REFUSED",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map(({ path, message }) => `${path} ${message}`).join("; ")}.`,
) {}

/** A request names a file of the server that lies in none of its input folders. Nothing was looked at. */
export class InputPathRefusedError extends define(
  "INPUT_PATH_REFUSED",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map(({ path, message }) => `${path} ${message}`).join("; ")}.`,
) {}

/** A map ended with more failed items than `maxFailed` allows. */
export class ItemsFailedError extends define(
  "ITEMS_FAILED",
  (d: { stage: string; failed: number; total: number; allowed: number }) =>
    `Stage ${d.stage}: ${d.failed} of ${d.total} items failed, ${d.allowed} allowed.`,
) {}

/** A write was refused: another worker holds the lease. Drop the attempt; never repeat the write. */
export class LeaseLostError extends define(
  "LEASE_LOST",
  (d: { runId: string; token: number; heldBy: string | null }) =>
    `Run ${d.runId}: lease ${d.token} is no longer ours (held by ${d.heldBy ?? "nobody"}).`,
) {}

/** An item's key is missing, no string, or used twice in its map. */
export class MapKeyInvalidError extends define(
  "MAP_KEY_INVALID",
  (d: { stage: string; index: number; problem: string }) => `Map ${d.stage}: item ${d.index}: ${d.problem}.`,
) {}

/** One recover, checkTimeouts or cleanup at a time. */
export class ManagementBusyError extends define(
  "MANAGEMENT_BUSY",
  (d: { action: string; by: string; since: number }) =>
    `${d.action} of ${d.by} is under way since ${new Date(d.since).toISOString()}.`,
) {}

/** A body that is not JSON, or does not say so. */
export class MediaTypeUnsupportedError extends define(
  "MEDIA_TYPE_UNSUPPORTED",
  (d: { mediaType: string | null }) =>
    `The body is ${d.mediaType === null ? "of no media type" : `of media type ${d.mediaType.slice(0, 100)}`}; application/json is expected.`,
) {}

/** The address is there, the method is not. */
export class MethodNotAllowedError extends define(
  "METHOD_NOT_ALLOWED",
  (d: { method: string; path: string; allowed: readonly string[] }) =>
    `${d.path.slice(0, 200)} has no ${d.method.slice(0, 20)}; it has ${list(d.allowed)}.`,
) {}

/** Nobody is known by what the request carried. One message for every reason, so that it helps nobody guess. */
export class NotAuthorisedError extends define(
  "NOT_AUTHORISED",
  (_: { reason: string }) => "This request carries no valid token.",
) {}

/** A value to be recorded would come back changed; `path` leads to the first such place. */
export class NotJsonError extends define(
  "NOT_JSON",
  (d: { subject: string; path: string; found: string }) =>
    `${d.subject}: JSON cannot hold ${d.found} at ${d.path}; a string, number, boolean, null, array or plain object is expected.`,
) {}

/** A page of another site sent it, or the session was used without our own page's header. */
export class OriginRefusedError extends define("ORIGIN_REFUSED", (d: { origin: string | null }) =>
  d.origin === null
    ? "A request with a session cookie needs the header X-Holdfast-Request: 1."
    : `Requests from "${d.origin.slice(0, 200)}" are not answered.`,
) {}

/** An output or checkpoint over the hard limit: write an artifact and return its reference. */
export class OutputTooLargeError extends define(
  "OUTPUT_TOO_LARGE",
  (d: { subject: string; sizeBytes: number; limitBytes: number }) =>
    `${d.subject} has ${d.sizeBytes} bytes; at most ${d.limitBytes} can be recorded.`,
) {}

/** What the plan was made of has moved since; make the plan anew. `runId` is null for a plan over many runs. */
export class PlanStaleError extends define(
  "PLAN_STALE",
  (d: { runId: string | null }) =>
    `${d.runId === null ? "What was planned about the runs" : `Run ${d.runId}`} has moved since the plan was made; nothing was changed.`,
) {}

/** The server cannot listen where it was told to. */
export class PortUnusableError extends define(
  "PORT_UNUSABLE",
  (d: { host: string; port: number; problem: string }) => `${d.host}, port ${d.port}: ${d.problem}.`,
) {}

/** Bytes beyond the end of a file were asked for. */
export class RangeInvalidError extends define(
  "RANGE_INVALID",
  (d: { sizeBytes: number }) => `The range begins beyond the end; the file has ${d.sizeBytes} bytes.`,
) {}

/** A request that cannot be read: its JSON, query, headers or address. */
export class RequestMalformedError extends define(
  "REQUEST_MALFORMED",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map((issue) => (issue.path ? `${issue.path}: ${issue.message}` : issue.message)).join("; ")}`,
) {}

/** The request did not arrive in time. */
export class RequestTimedOutError extends define(
  "REQUEST_TIMED_OUT",
  (d: { timeoutMs: number }) => `The request did not arrive within ${Math.round(d.timeoutMs / 1_000)} s.`,
) {}

/** A body over the limit; it was not read to its end. */
export class RequestTooLargeError extends define(
  "REQUEST_TOO_LARGE",
  (d: { limitBytes: number }) => `The body has more than ${d.limitBytes} bytes.`,
) {}

/** No such path. */
export class RouteNotFoundError extends define(
  "ROUTE_NOT_FOUND",
  (d: { path: string }) => `There is nothing at ${d.path.slice(0, 200)}.`,
) {}

/** Who holds a named thing, as far as anybody can tell: null where nobody can. */
export interface ResourceHolder {
  /** A run of ours. */
  readonly runId: string | null;
  /** A worker's name, or a command line. */
  readonly name: string | null;
  readonly host: string | null;
  readonly pid: number | null;
  /** ISO 8601. */
  readonly since: string | null;
}

/** A named thing that the run needs for itself (a database file, say) is held by another run or process. */
export class ResourceHeldError extends define(
  "RESOURCE_HELD",
  (d: { resource: string; runId: string; heldBy: ResourceHolder }) =>
    `${d.resource} is held by ${wordHolder(d.heldBy)}; run ${d.runId} needs it for itself.`,
) {}

function wordHolder({ runId, name, host, pid, since }: ResourceHolder): string {
  const join = (parts: readonly (string | null)[]) => parts.filter((part) => part !== null).join(", ");
  const who = join([runId === null ? null : `run ${runId}`, name]);
  const where = join([host === null ? null : `host ${host}`, pid === null ? null : `pid ${pid}`]);
  return `${who === "" ? "another process" : who}${where === "" ? "" : ` (${where})`}${since === null ? "" : ` since ${since}`}`;
}

/** `result()` of a run that was cancelled. */
export class RunCancelledError extends define(
  "RUN_CANCELLED",
  (d: { runId: string; reason: string | null }) => `Run ${d.runId} was cancelled${d.reason ? `: ${d.reason}` : ""}.`,
) {}

/** The run is not in the state that the caller saw and acted on. */
export class RunChangedError extends define(
  "RUN_CHANGED",
  (d: { runId: string; expected: string; found: string; status: string }) =>
    `Run ${d.runId} has changed since it was looked at: revision ${d.expected} was expected, it is ${d.status} at ` +
    `revision ${d.found}; nothing was done.`,
) {}

/** `result()` of a run that failed; `details.error` is what ended it. */
export class RunFailedError extends define(
  "RUN_FAILED",
  (d: { runId: string; reason: string | null; error: RecordedError | null }) =>
    `Run ${d.runId} failed${d.error ? `: ${d.error.message}` : d.reason ? `: ${d.reason}` : ""}`,
) {}

/** The id asked for names another run already. */
export class RunIdTakenError extends define(
  "RUN_ID_TAKEN",
  (d: { runId: string }) => `Run ${d.runId} exists already.`,
) {}

/** Runs that were forked from it still refer to what it holds. */
export class RunForkedError extends define(
  "RUN_FORKED",
  (d: { runId: string; forks: readonly string[] }) =>
    `Run ${d.runId} cannot be deleted: ${d.forks.join(", ")} ${d.forks.length === 1 ? "was" : "were"} forked from it, and what a fork kept lies with it.`,
) {}

/** Another worker holds the run and is not known to be dead. */
export class RunLockedError extends define(
  "RUN_LOCKED",
  (d: { runId: string; holder: string; host: string; pid: number; since: number }) =>
    `Run ${d.runId} is held by ${d.holder} (host ${d.host}, pid ${d.pid}) since ${new Date(d.since).toISOString()}.`,
) {}

/** No run has this id, or an id that starts so. */
export class RunNotFoundError extends define(
  "RUN_NOT_FOUND",
  (d: { runId: string }) => `No run is called "${d.runId}".`,
) {}

/** `result()` of a run that is paused; a resume goes on with it. */
export class RunPausedError extends define(
  "RUN_PAUSED",
  (d: { runId: string; reason: string | null }) => `Run ${d.runId} is paused${d.reason ? ` (${d.reason})` : ""}.`,
) {}

/** A run record from outside does not fit the schema of any known version. */
export class RunRecordInvalidError extends define(
  "RUN_RECORD_INVALID",
  (d: { issues: readonly InputIssue[] }) =>
    `The run record does not fit: ${d.issues.map((issue) => `${issue.path}: ${issue.message}`).join("; ")}.`,
) {}

/** The server drains; it takes nothing new. */
export class ServerStoppingError extends define(
  "SERVER_STOPPING",
  (_: Record<never, never>) => "The server is stopping and takes nothing new.",
) {}

/** The file that a dataset was read from is gone; recorded rows still serve. */
export class SourceMissingError extends define(
  "SOURCE_MISSING",
  (d: { path: string; dataset: string }) => `Dataset ${d.dataset}: its source file ${d.path} is not there.`,
) {}

/**
 * A stage's recorded failure, thrown by `stage()` live and on every replay alike. What user code threw is data in
 * `error`, never an instance: `instanceof MyError` would hold live and fail after a crash.
 */
export class StageFailedError extends HoldfastError {
  readonly code = "STAGE_FAILED";
  readonly details: { stage: string; attempts: number; error: RecordedError };
  constructor(
    readonly stage: string,
    readonly attempts: number,
    readonly error: RecordedError,
  ) {
    super(`Stage ${stage} failed after ${attempts} attempt${attempts === 1 ? "" : "s"}: ${error.message}`);
    this.details = { stage, attempts, error };
  }
}

/** A stage name that cannot be a folder. */
export class StageNameInvalidError extends define(
  "STAGE_NAME_INVALID",
  (d: { stage: string }) =>
    `"${d.stage.slice(0, 100)}" cannot name a stage: 1 to 64 letters, digits, ".", "_" or "-" are expected, ` +
    `starting with a letter or digit, without "..".`,
) {}

/** `stage()` was called inside a stage; stages follow each other or run side by side. */
export class StageNestedError extends define(
  "STAGE_NESTED",
  (d: { stage: string; inside: string }) => `Stage ${d.stage} was called inside stage ${d.inside}.`,
) {}

/** A stage name was used twice in one execution: its record could not tell the two apart. */
export class StageRepeatedError extends define(
  "STAGE_REPEATED",
  (d: { stage: string; first: string; second: string }) =>
    `Stage name ${d.stage} is used twice in one run: first at ${d.first}, again at ${d.second}.`,
) {}

/** The workflow declares its stages, and this one is not among them. */
export class StageUndeclaredError extends define(
  "STAGE_UNDECLARED",
  (d: { stage: string; declared: readonly string[] }) =>
    `Stage ${d.stage} is not declared; the workflow declares ${list(d.declared)}.`,
) {}

/** Another process kept the database's write lock for too long. */
export class StoreBusyError extends define(
  "STORE_BUSY",
  (d: { location: string; waitedMs: number }) =>
    `${d.location}: another process held the write lock for more than ${d.waitedMs} ms.`,
) {}

/** A call after `close()`. */
export class StoreClosedError extends define("STORE_CLOSED", (d: { location: string }) => `${d.location} is closed.`) {}

/** The database found its own file damaged. */
export class StoreCorruptError extends define(
  "STORE_CORRUPT",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** No room on the disk; nothing of the refused write was kept. */
export class StoreFullError extends define(
  "STORE_FULL",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}; the write was not made.`,
) {}

/** The database or its folder cannot be written. */
export class StoreReadonlyError extends define(
  "STORE_READONLY",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** The store was made by a newer version, whose schema this one cannot know. */
export class StoreTooNewError extends define(
  "STORE_TOO_NEW",
  (d: { location: string; found: number; known: number }) =>
    `${d.location} has schema version ${d.found}; this version of Holdfast knows up to ${d.known}.`,
) {}

/** The store's file or server cannot be opened, or was lost. */
export class StoreUnreachableError extends define(
  "STORE_UNREACHABLE",
  (d: { location: string; problem: string }) => `${d.location}: ${d.problem}.`,
) {}

/** One caller asks more often than is allowed. */
export class TooManyRequestsError extends define(
  "TOO_MANY_REQUESTS",
  (d: { retryAfterMs: number }) => `Too many requests; the next is answered in ${Math.ceil(d.retryAfterMs / 1_000)} s.`,
) {}

/** A stage was named, say for `through`, that the workflow does not declare. */
export class UnknownStageError extends define(
  "UNKNOWN_STAGE",
  (d: { stage: string; workflow: string; declared: readonly string[] }) =>
    d.declared.length === 0
      ? `Workflow ${d.workflow} declares no stages, so it cannot be run through "${d.stage}".`
      : `Workflow ${d.workflow} has no stage "${d.stage}"; it has ${list(d.declared)}.`,
) {}

/** No registered workflow has this name. */
export class UnknownWorkflowError extends define(
  "UNKNOWN_WORKFLOW",
  (d: { workflow: string; known: readonly string[] }) =>
    `No workflow is called "${d.workflow}"; registered are: ${list(d.known)}.`,
) {}

/** Durations or counts of a worker under which two workers could trust one run. */
export class WorkerOptionsInvalidError extends define(
  "WORKER_OPTIONS_INVALID",
  (d: { option: string; expected: string }) => `Option ${d.option}: ${d.expected} is expected.`,
) {}

/** A call or command that cannot be meant; says what was expected. */
export class WrongUseError extends define("WRONG_USE", (d: { problem: string }) => d.problem) {}

/** Whatever was thrown, as plain data: name, message, code, category, details and causes (four deep at the most). */
export function recordError(thrown: unknown, depth = 0): RecordedError {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: typeof thrown === "string" ? thrown : safeText(thrown) };
  }
  const extra = thrown as Error & { code?: unknown; category?: unknown; details?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(typeof extra.code === "string" || typeof extra.code === "number" ? { code: String(extra.code) } : {}),
    ...(typeof extra.category === "string" ? { category: extra.category } : {}),
    ...(extra.details !== undefined && extra.details !== null ? { details: plain(extra.details) } : {}),
    ...(typeof thrown.stack === "string" ? { stack: thrown.stack.slice(0, 4_000) } : {}),
    ...(thrown.cause !== undefined && depth < 4 ? { cause: recordError(thrown.cause, depth + 1) } : {}),
  };
}

function safeText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Details as JSON where they can be, else their text: recording an error must not itself fail. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return safeText(value);
  }
}
