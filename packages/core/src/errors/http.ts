/**
 * Errors of the server: who asks, what may be asked, and requests that cannot be answered.
 */
import { plural } from "../plural.js";
import { define, list, wordIssues } from "./define.js";
import type { InputIssue } from "./input.js";

/** A handler of the server did not answer in time. What it had begun to write may still be written, whole. */
export class AnswerTimedOutError extends define(
  "ANSWER_TIMED_OUT",
  (d: { limitMs: number }) => `There was no answer within ${d.limitMs / 1_000} s; the work may still be completed.`,
) {}

/** The caller is known and may not do this. */
export class ForbiddenError extends define(
  "FORBIDDEN",
  (d: { caller: string; role: string; what: string; needs: readonly string[] }) =>
    `${d.caller} (${d.role}) may not ${d.what}; the required role is ${d.needs.join(" or ") || "of nobody"}.`,
) {}

/** The Host header names a server that this one is not. */
export class HostRefusedError extends define(
  "HOST_REFUSED",
  (d: { host: string }) => `This server does not answer for the host "${d.host.slice(0, 200)}".`,
) {}

/** The same key, another body: which of the two was meant cannot be told. */
export class IdempotencyKeyReusedError extends define(
  "IDEMPOTENCY_KEY_REUSED",
  (d: { runId: string }) => `The idempotency key was used for run ${d.runId}, with a different request.`,
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

/** A body that is not JSON, or does not say so. */
export class MediaTypeUnsupportedError extends define(
  "MEDIA_TYPE_UNSUPPORTED",
  (d: { mediaType: string | null }) =>
    `The body has ${d.mediaType === null ? "no media type" : `the media type ${d.mediaType.slice(0, 100)}`}; application/json is expected.`,
) {}

/** The address is there, the method is not. */
export class MethodNotAllowedError extends define(
  "METHOD_NOT_ALLOWED",
  (d: { method: string; path: string; allowed: readonly string[] }) =>
    `${d.path.slice(0, 200)} does not support ${d.method.slice(0, 20)}; it supports ${list(d.allowed)}.`,
) {}

/** Nobody is known by what the request carried. One message for every reason, so that it helps nobody guess. */
export class NotAuthorisedError extends define(
  "NOT_AUTHORISED",
  (_: { reason: string }) => "This request carries no valid token.",
) {}

/** A page of another site sent it, or the session was used without our own page's header. */
export class OriginRefusedError extends define("ORIGIN_REFUSED", (d: { origin: string | null }) =>
  d.origin === null
    ? "A request with a session cookie needs the header X-Holdfast-Request: 1."
    : `Requests from the origin "${d.origin.slice(0, 200)}" are refused.`,
) {}

/** The server cannot listen where it was told to. */
export class PortUnusableError extends define(
  "PORT_UNUSABLE",
  (d: { host: string; port: number; problem: string }) => `${d.host}, port ${d.port}: ${d.problem}.`,
) {}

/** Bytes beyond the end of a file were asked for. */
export class RangeInvalidError extends define(
  "RANGE_INVALID",
  (d: { sizeBytes: number }) =>
    `The range begins beyond the end of the file, which has ${plural(d.sizeBytes, "byte")}.`,
) {}

/** A request that cannot be read: its JSON, query, headers or address. */
export class RequestMalformedError extends define(
  "REQUEST_MALFORMED",
  (d: { subject: string; issues: readonly InputIssue[] }) => `${d.subject}: ${wordIssues(d.issues)}`,
) {}

/** The request did not arrive in time. */
export class RequestTimedOutError extends define(
  "REQUEST_TIMED_OUT",
  (d: { timeoutMs: number }) => `The request did not arrive within ${Math.round(d.timeoutMs / 1_000)} s.`,
) {}

/** A body over the limit; it was not read to its end. */
export class RequestTooLargeError extends define(
  "REQUEST_TOO_LARGE",
  (d: { part: "head" | "body"; limitBytes: number }) =>
    `The request's ${d.part} is over the limit of ${d.limitBytes} bytes.`,
) {}

/** No such path. */
export class RouteNotFoundError extends define(
  "ROUTE_NOT_FOUND",
  (d: { path: string }) => `No such address: ${d.path.slice(0, 200)}.`,
) {}

/** A command needs a server over this data folder, and none runs. */
export class ServerNotRunningError extends define(
  "SERVER_NOT_RUNNING",
  (d: { dataDir: string; lastUrl: string | null }) =>
    `No server is running for ${d.dataDir}${d.lastUrl === null ? "" : `; the last one, at ${d.lastUrl}, has ended`}.`,
) {}

/** The server drains; it takes nothing new. */
export class ServerStoppingError extends define(
  "SERVER_STOPPING",
  (_: Record<never, never>) => "The server is stopping and accepts no new requests.",
) {}

/** A run that is not finished names the file. */
export class UploadInUseError extends define(
  "UPLOAD_IN_USE",
  (d: { id: string; runIds: readonly string[] }) =>
    `Upload ${d.id} is an input of unfinished runs: ${d.runIds.join(", ")}.`,
) {}

/** The name of a file that was sent cannot be the name of a file. */
export class UploadNameInvalidError extends define(
  "UPLOAD_NAME_INVALID",
  (d: { name: string; problem: string }) => `The file name ${JSON.stringify(d.name)} cannot be used: ${d.problem}.`,
) {}

/** No upload of that id, or one of somebody else's. */
export class UploadNotFoundError extends define(
  "UPLOAD_NOT_FOUND",
  (d: { id: string }) => `There is no upload ${JSON.stringify(d.id)}.`,
) {}

/** A file over the limit; what had arrived of it was removed. */
export class UploadTooLargeError extends define(
  "UPLOAD_TOO_LARGE",
  (d: { limitBytes: number }) => `The file is over the limit of ${d.limitBytes} bytes.`,
) {}

/** The files of one owner reach what they may take together; what had arrived of the next was removed. */
export class UploadsFullError extends define(
  "UPLOADS_FULL",
  (d: { limit: string }) => `With this file, your uploads would exceed the limit of ${d.limit} for one owner.`,
) {}

/** One caller asks more often than is allowed. */
export class TooManyRequestsError extends define(
  "TOO_MANY_REQUESTS",
  (d: { retryAfterMs: number; what?: string }) =>
    `${d.what ?? "Too many requests"}; try again in ${Math.ceil(d.retryAfterMs / 1_000)} s.`,
) {}
