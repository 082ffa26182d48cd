/**
 * The one table of problems: code → HTTP status, exit code, whether trying again may help, a title and what to do.
 * The server, the command line, the dashboard and docs/errors.md read it; nobody switches on messages.
 */

/** Exit codes of the command, one meaning each. */
export const EXIT = {
  done: 0,
  runFailed: 1,
  wrongUse: 2,
  itemsFailed: 3,
  notAuthorised: 4,
  notFound: 5,
  refused: 6,
  unreachable: 7,
  workFound: 8,
  differences: 9,
  paused: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** What one error code means to a caller: exit code, HTTP status, whether to try again, and what to do. */
export interface ErrorSpec {
  readonly httpStatus: number;
  readonly exitCode: number;
  /** The same call may succeed later without anything being changed. */
  readonly isRetryable: boolean;
  readonly title: string;
  /** What a person can do, most likely cure first. */
  readonly advice: readonly string[];
}

const spec = (httpStatus: number, exitCode: number, title: string, ...advice: string[]): ErrorSpec => ({
  httpStatus,
  exitCode,
  isRetryable: false,
  title,
  advice,
});
const passing = (of: ErrorSpec): ErrorSpec => ({ ...of, isRetryable: true });

/** The one table of problems: code to exit code, HTTP status, title and advice. Commands, docs and screens read it. */
export const ERROR_SPECS = {
  AMBIGUOUS_RUN_ID: spec(400, EXIT.wrongUse, "Several runs match", "Give more characters of the run id."),
  ANSWER_TIMED_OUT: passing(
    spec(
      503,
      EXIT.unreachable,
      "The answer took too long",
      "Look whether it was done; a repeat with the same Idempotency-Key, or of the same act, does nothing twice.",
      "If it stays so, look for a process that keeps the store: holdfast doctor.",
    ),
  ),
  ARTIFACT_CHANGED: spec(
    409,
    EXIT.runFailed,
    "An artifact is not what was recorded",
    "Restore the file from a backup, or restart the run from that stage: holdfast fork <runId> --from <stage>.",
  ),
  ARTIFACT_MISSING: spec(
    404,
    EXIT.notFound,
    "An artifact is gone",
    "Restore the file from a backup, or restart the run from that stage: holdfast fork <runId> --from <stage>.",
  ),
  ARTIFACT_NAME_INVALID: spec(
    400,
    EXIT.wrongUse,
    "Not a name for an artifact",
    "Use letters, digits, '.', '_' and '-', with '/' between folders.",
  ),
  BAD_INPUT: spec(422, EXIT.wrongUse, "The input does not fit", "Correct the fields named and start again."),
  BAD_RUN_ID: spec(
    400,
    EXIT.wrongUse,
    "Not a run id",
    "Use 1 to 128 letters, digits, '.', '_' or '-', starting with a letter or digit, without '..'.",
  ),
  CHECKPOINT_INVALID: spec(
    422,
    EXIT.runFailed,
    "A checkpoint does not fit its schema",
    "Save what the stage's checkpoint schema accepts.",
  ),
  CONFIG_INVALID: spec(400, EXIT.wrongUse, "The configuration cannot be used", "Correct the place named."),
  DATASET_CHANGED: spec(
    409,
    EXIT.refused,
    "The source file is not the one that was ingested",
    "Restore the file, resume with --accept redo (changed rows again) or --accept reuse (the rows as they were read), or re-pin it for a reason.",
  ),
  DATASET_NOT_FOUND: spec(404, EXIT.notFound, "No such dataset", "List what there is: holdfast datasets."),
  DISK_LOW: spec(
    507,
    EXIT.unreachable,
    "Too little free space to go on safely",
    "Make room on that disk, then try again; nothing was changed.",
    "Or set minFreeBytes lower in the configuration (or HOLDFAST_MIN_FREE_BYTES); 0 does not look.",
  ),
  DRIFT: spec(
    409,
    EXIT.refused,
    "Something a recorded result depends on has changed",
    "Accept it for this resume: --accept reuse (keep what is recorded) or --accept redo (do it again).",
  ),
  FORBIDDEN: spec(
    403,
    EXIT.notAuthorised,
    "Not allowed",
    "Ask somebody with the role named, or use a token that has it.",
  ),
  HOST_REFUSED: spec(
    403,
    EXIT.notAuthorised,
    "The server is not called that",
    "Use the address that holdfast serve printed, or add the name to server.allowedHosts.",
  ),
  IDEMPOTENCY_KEY_REUSED: spec(
    422,
    EXIT.wrongUse,
    "The idempotency key stands for another request",
    "Use a new key for a new run, or send the same body again.",
  ),
  ILLEGAL_MOVE: spec(
    409,
    EXIT.refused,
    "The run is not in a state for that",
    "Look at what can be done about it: holdfast show <runId> --verbose.",
  ),
  INPUT_ENDPOINT_REFUSED: spec(
    422,
    EXIT.wrongUse,
    "The input names an address that may not be called over HTTP",
    "Start it on the server's machine: holdfast start <workflow>.",
    "Or ask the administrator to add its scheme, host and port to server.modelHosts.",
  ),
  INPUT_PATH_REFUSED: spec(
    422,
    EXIT.wrongUse,
    "The input names a file that may not be used over HTTP",
    "Start it on the server's machine: holdfast start <workflow>.",
    "Or ask the administrator to put the file in, or to add its folder to, server.inputFolders.",
  ),
  ITEMS_FAILED: spec(
    500,
    EXIT.itemsFailed,
    "More items failed than allowed",
    "See why: holdfast export <runId>; try them again: holdfast resume <runId> --only errors.",
  ),
  LEASE_LOST: spec(
    409,
    EXIT.runFailed,
    "Another worker holds the run",
    "Nothing to do: the other worker carries on; see holdfast show <runId>.",
  ),
  MANAGEMENT_BUSY: passing(
    spec(
      409,
      EXIT.refused,
      "Another management action is under way",
      "Wait for it to end, then look again: what it did may be all that was needed.",
    ),
  ),
  MAP_KEY_INVALID: spec(
    422,
    EXIT.runFailed,
    "An item of a map has no usable key",
    "Give each item a non-empty key that no other item of the map has.",
  ),
  MEDIA_TYPE_UNSUPPORTED: spec(
    415,
    EXIT.wrongUse,
    "The body must be JSON",
    "Send it with the header Content-Type: application/json.",
  ),
  METHOD_NOT_ALLOWED: spec(
    405,
    EXIT.wrongUse,
    "This address does not know that method",
    "Use one of the methods of the Allow header; /api/docs has them all.",
  ),
  NOT_AUTHORISED: spec(401, EXIT.notAuthorised, "Not authorised", "Give a valid token."),
  NOT_JSON: spec(
    422,
    EXIT.runFailed,
    "JSON cannot hold this value",
    "Return strings, numbers, booleans, null, arrays and plain objects, or write an artifact.",
  ),
  ORIGIN_REFUSED: spec(
    403,
    EXIT.notAuthorised,
    "The request came from another site's page",
    "Open the page from this server; other sites may not use it.",
  ),
  OUTPUT_TOO_LARGE: spec(
    413,
    EXIT.runFailed,
    "The value is too large to record",
    "Write it as an artifact and return the reference.",
  ),
  PLAN_STALE: spec(
    409,
    EXIT.refused,
    "The run has moved since the plan was made",
    "Make the plan again, look at it, then apply it.",
  ),
  PORT_UNUSABLE: spec(
    500,
    EXIT.unreachable,
    "The server cannot listen there",
    "Choose another port: holdfast serve --port N.",
  ),
  RANGE_INVALID: spec(
    416,
    EXIT.wrongUse,
    "The range is not in the file",
    "Ask for a range that begins before the end of the file.",
  ),
  REQUEST_MALFORMED: spec(
    400,
    EXIT.wrongUse,
    "The request cannot be read",
    "Correct the place named; /api/docs has what each address takes.",
  ),
  REQUEST_TIMED_OUT: passing(
    spec(
      408,
      EXIT.unreachable,
      "The request took too long to arrive",
      "Send it again; what had not arrived was not looked at.",
    ),
  ),
  REQUEST_TOO_LARGE: spec(
    413,
    EXIT.wrongUse,
    "The request is too large",
    "Send less than 1 MiB; ingest large data as a dataset and name it in the input.",
  ),
  RESOURCE_HELD: passing(
    spec(
      409,
      EXIT.refused,
      "Another run or process holds what this run needs",
      "Wait until it is free, then go on: holdfast resume <runId>; or start with --wait where the workflow has it.",
      "Or stop the run or process that is named.",
    ),
  ),
  ROUTE_NOT_FOUND: spec(404, EXIT.notFound, "No such address", "See what there is: /api/docs."),
  ROW_INVALID: spec(
    422,
    EXIT.wrongUse,
    "A row of the source cannot be read",
    "Correct the row named, or skip such rows: --on-bad-row=skip.",
  ),
  RUN_CANCELLED: spec(409, EXIT.runFailed, "The run was cancelled", "Start it again: holdfast restart <runId>."),
  RUN_CHANGED: spec(
    412,
    EXIT.refused,
    "The run has changed since it was looked at",
    "Look at it again, then decide: holdfast show <runId>.",
  ),
  RUN_FAILED: spec(
    500,
    EXIT.runFailed,
    "The run failed",
    "See why: holdfast logs <runId>; then: holdfast resume <runId>.",
  ),
  RUN_FORKED: spec(
    409,
    EXIT.refused,
    "Other runs were forked from the run",
    "Delete those runs first; or delete it with --even-if-forked: they lose the items and files that they kept.",
  ),
  RUN_ID_TAKEN: spec(
    409,
    EXIT.refused,
    "The run id is taken",
    "Choose another id, or go on with that run: holdfast resume <runId>.",
  ),
  RUN_LOCKED: spec(
    409,
    EXIT.refused,
    "Another worker holds the run",
    "Watch it: holdfast watch <runId>; or stop it there first: holdfast pause <runId>.",
  ),
  RUN_NOT_FOUND: spec(404, EXIT.notFound, "No such run", "List what there is: holdfast runs."),
  RUN_PAUSED: spec(409, EXIT.paused, "The run is paused", "Go on: holdfast resume <runId>."),
  RUN_RECORD_INVALID: spec(
    422,
    EXIT.wrongUse,
    "Not a run record",
    "Give a record that this version or an older one wrote.",
  ),
  SERVER_STOPPING: passing(spec(503, EXIT.unreachable, "The server is stopping", "Try again when it is back.")),
  SOURCE_MISSING: spec(
    409,
    EXIT.refused,
    "The source file is gone",
    "Put it back, or go on from what was ingested: --accept missing-source.",
  ),
  SOURCE_UNREADABLE: spec(
    422,
    EXIT.wrongUse,
    "The source cannot be read",
    "Check the path, the rights and the format of the file named.",
  ),
  STAGE_FAILED: spec(
    500,
    EXIT.runFailed,
    "A stage failed",
    "See why: holdfast logs <runId>; then: holdfast resume <runId>.",
  ),
  STAGE_NAME_INVALID: spec(
    400,
    EXIT.wrongUse,
    "Not a stage name",
    "Use 1 to 64 letters, digits, '.', '_' or '-', starting with a letter or digit.",
  ),
  STAGE_NESTED: spec(
    500,
    EXIT.runFailed,
    "A stage was called inside a stage",
    "Call stages from the workflow function only; inside a stage call plain functions.",
  ),
  STAGE_REPEATED: spec(
    500,
    EXIT.runFailed,
    "A stage name was used twice",
    "Give each stage of a run a name of its own.",
  ),
  STAGE_UNDECLARED: spec(
    500,
    EXIT.runFailed,
    "The stage is not declared",
    "Add it to the workflow's stages, or correct the name.",
  ),
  STORE_BUSY: passing(
    spec(
      503,
      EXIT.unreachable,
      "The store is busy",
      "Try again; if it stays so, look for a process that keeps a long write open: holdfast doctor.",
    ),
  ),
  STORE_CLOSED: spec(500, EXIT.unreachable, "The store is closed", "Open it again before using it."),
  STORE_CORRUPT: spec(
    500,
    EXIT.unreachable,
    "The store's file is damaged or not a Holdfast store",
    "Check the path; if it is right, stop all workers and restore the newest backup of the file.",
  ),
  STORE_FULL: passing(
    spec(507, EXIT.unreachable, "The disk is full", "Make room, then resume: nothing recorded was lost."),
  ),
  STORE_READONLY: spec(
    500,
    EXIT.unreachable,
    "The store cannot be written",
    "Give this user the right to write the file and its folder.",
  ),
  STORE_TOO_NEW: spec(
    500,
    EXIT.unreachable,
    "The store was written by a newer version",
    "Use that version of Holdfast or a newer one.",
  ),
  STORE_UNREACHABLE: passing(
    spec(503, EXIT.unreachable, "The store cannot be opened", "Check the url or the path, and its rights."),
  ),
  TOO_MANY_REQUESTS: passing(
    spec(429, EXIT.unreachable, "Too many requests", "Wait as long as Retry-After says, then try again."),
  ),
  UNKNOWN_STAGE: spec(400, EXIT.wrongUse, "No such stage", "Use one of the stages that the workflow declares."),
  UNKNOWN_WORKFLOW: spec(
    404,
    EXIT.wrongUse,
    "No such workflow",
    "Use one of the workflows registered in holdfast.config.ts.",
  ),
  WORKER_OPTIONS_INVALID: spec(400, EXIT.wrongUse, "The worker's options cannot hold", "Correct the option named."),
  WRONG_USE: spec(400, EXIT.wrongUse, "The command was not understood", "See holdfast --help."),
} as const satisfies Record<string, ErrorSpec>;

/** The code of an error that Holdfast throws: a key of the table. */
export type ErrorCode = keyof typeof ERROR_SPECS;
