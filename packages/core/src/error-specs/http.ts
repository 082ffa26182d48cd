/** Error table rows for the server and its requests, by code. */
import { type ErrorSpec, EXIT, passing, spec } from "./row.js";

/** See `table.ts`. */
export const HTTP_SPECS = {
  ANSWER_TIMED_OUT: passing(
    spec(
      503,
      EXIT.unreachable,
      "The server took too long to answer",
      "Check whether it was done; repeating the request with the same Idempotency-Key, or repeating the same action, does nothing twice.",
      "If it keeps happening, find the process that holds the store: holdfast doctor.",
    ),
  ),
  FORBIDDEN: spec(
    403,
    EXIT.notAuthorised,
    "Permission denied",
    "Ask somebody with the required role, or use a token that has it.",
  ),
  HOST_REFUSED: spec(
    403,
    EXIT.notAuthorised,
    "Unknown host name",
    "Use the address that holdfast serve printed, or add the name to server.allowedHosts.",
  ),
  IDEMPOTENCY_KEY_REUSED: spec(
    422,
    EXIT.wrongUse,
    "The idempotency key was used for another request",
    "Use a new key for a new run, or send the same body again.",
  ),
  INPUT_ENDPOINT_REFUSED: spec(
    422,
    EXIT.wrongUse,
    "The input contains an address that requests over HTTP may not use",
    "Start the run on the server's machine: holdfast start <workflow>.",
    "Or ask the administrator to add the address's scheme, host and port to server.modelHosts.",
  ),
  INPUT_PATH_REFUSED: spec(
    422,
    EXIT.wrongUse,
    "The input contains a path that requests over HTTP may not use",
    "Start the run on the server's machine: holdfast start <workflow>.",
    "Or ask the administrator to move the file into a folder of server.inputFolders, or to add its folder there.",
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
    "Method not allowed",
    "Use one of the methods in the Allow header; /api/docs describes them.",
  ),
  NOT_AUTHORISED: spec(401, EXIT.notAuthorised, "Not authorized", "Send a valid token."),
  ORIGIN_REFUSED: spec(
    403,
    EXIT.notAuthorised,
    "The request came from a page of another site",
    "Open the page on this server; other sites may not send requests.",
  ),
  PORT_UNUSABLE: spec(
    500,
    EXIT.unreachable,
    "The server cannot listen on this address",
    "If a server is already running, open its page: holdfast open.",
    "Or choose another port: holdfast serve --port N, or --port 0 for a free one.",
  ),
  RANGE_INVALID: spec(
    416,
    EXIT.wrongUse,
    "The range is outside the file",
    "Request a range that begins before the end of the file.",
  ),
  REQUEST_MALFORMED: spec(
    400,
    EXIT.wrongUse,
    "The request is malformed",
    "Correct the listed places; /api/docs describes what each address accepts.",
  ),
  REQUEST_TIMED_OUT: passing(
    spec(
      408,
      EXIT.unreachable,
      "The request took too long to arrive",
      "Send it again; an incomplete request is not processed.",
    ),
  ),
  REQUEST_TOO_LARGE: spec(
    413,
    EXIT.wrongUse,
    "The request is too large",
    "Send less than 1 MiB; ingest large data as a dataset and refer to it in the input.",
  ),
  ROUTE_NOT_FOUND: spec(404, EXIT.notFound, "No such address", "See the list of addresses: /api/docs."),
  SERVER_NOT_RUNNING: spec(
    503,
    EXIT.unreachable,
    "No server is running",
    "Start one in the same folder: holdfast serve",
    "If the server uses another folder, name that folder with --data-dir.",
  ),
  SERVER_STOPPING: passing(spec(503, EXIT.unreachable, "The server is stopping", "Try again when it has restarted.")),
  TOO_MANY_REQUESTS: passing(
    spec(429, EXIT.unreachable, "Too many requests", "Wait as long as Retry-After says, then try again."),
  ),
  UPLOAD_IN_USE: spec(
    409,
    EXIT.refused,
    "A run uses the file",
    "Wait for the listed runs, or cancel them, then remove the file.",
  ),
  UPLOAD_NAME_INVALID: spec(
    422,
    EXIT.wrongUse,
    "The file name is invalid",
    "Send a plain file name with its extension, in x-filename or as ?name=.",
  ),
  UPLOAD_NOT_FOUND: spec(
    404,
    EXIT.notFound,
    "No such upload",
    "Send the file again: unused uploads are removed after some time.",
    "List your uploads: GET /api/uploads",
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
    "Your uploads have reached their limit",
    "Remove uploads that you no longer need: DELETE /api/uploads/<id>",
    "Or ask the administrator to raise server.uploads.ownerBytesMax.",
  ),
} as const satisfies Record<string, ErrorSpec>;
