/** Error table rows for the server and its requests, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const HTTP_SPECS = {
  ANSWER_TIMED_OUT: passing(
    spec(
      503,
      EXIT.unreachable,
      "The answer took too long",
      "Look whether it was done; a repeat with the same Idempotency-Key, or of the same act, does nothing twice.",
      "If it stays so, look for a process that keeps the store: holdfast doctor.",
    ),
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
  ORIGIN_REFUSED: spec(
    403,
    EXIT.notAuthorised,
    "The request came from another site's page",
    "Open the page from this server; other sites may not use it.",
  ),
  PORT_UNUSABLE: spec(
    500,
    EXIT.unreachable,
    "The server cannot listen there",
    "Open the page of a server that runs already: holdfast open.",
    "Or choose another port: holdfast serve --port N, or --port 0 for a free one.",
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
  ROUTE_NOT_FOUND: spec(404, EXIT.notFound, "No such address", "See what there is: /api/docs."),
  SERVER_NOT_RUNNING: spec(
    503,
    EXIT.unreachable,
    "No server runs here",
    "Start one, in the same folder: holdfast serve",
    "One that runs over another folder is found with --data-dir.",
  ),
  SERVER_STOPPING: passing(spec(503, EXIT.unreachable, "The server is stopping", "Try again when it is back.")),
  TOO_MANY_REQUESTS: passing(
    spec(429, EXIT.unreachable, "Too many requests", "Wait as long as Retry-After says, then try again."),
  ),
  UPLOAD_IN_USE: spec(
    409,
    EXIT.refused,
    "A run needs the file",
    "Wait for the runs named, or cancel them, then remove it.",
  ),
  UPLOAD_NAME_INVALID: spec(
    422,
    EXIT.wrongUse,
    "The file's name cannot be used",
    "Send another name in x-filename, or as ?name=: the bare name of a file, with its ending.",
  ),
  UPLOAD_NOT_FOUND: spec(
    404,
    EXIT.notFound,
    "No such upload",
    "Send the file again: those that no run uses are removed after some time.",
    "See which there are: GET /api/uploads",
  ),
  UPLOAD_TOO_LARGE: spec(
    413,
    EXIT.wrongUse,
    "The file is too large",
    "Split it, or ask the administrator to raise server.uploads.bytesMax or to put it in a folder of server.inputFolders.",
  ),
  UPLOADS_FULL: spec(
    409,
    EXIT.refused,
    "Your uploads take all the room they may",
    "Remove some that you need no longer: DELETE /api/uploads/<id>",
    "Or ask the administrator to raise server.uploads.ownerBytesMax.",
  ),
} as const satisfies Record<string, ErrorSpec>;
