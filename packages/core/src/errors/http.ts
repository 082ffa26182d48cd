/** Errors of the server: authentication, permissions, and requests that it cannot answer. */
import { plural } from "../plural.js";
import { define, list, wordIssues } from "./define.js";
import type { InputIssue } from "./input.js";

/** ANSWER_TIMED_OUT: a request handler did not answer in time. A write that it had begun may still complete, as a whole. */
export class AnswerTimedOutError extends define(
  "ANSWER_TIMED_OUT",
  (d: { limitMs: number }) => `There was no answer within ${d.limitMs / 1_000} s; the work may still be completed.`,
) {}

/** FORBIDDEN: the caller is authenticated but lacks permission. */
export class ForbiddenError extends define(
  "FORBIDDEN",
  (d: { caller: string; role: string; what: string; needs: readonly string[] }) =>
    `${d.caller} (${d.role}) may not ${d.what}; the required role is ${d.needs.join(" or ") || "of nobody"}.`,
) {}

/** HOST_REFUSED: the Host header names a different server. */
export class HostRefusedError extends define(
  "HOST_REFUSED",
  (d: { host: string }) => `This server does not answer for the host "${d.host.slice(0, 200)}".`,
) {}

/** IDEMPOTENCY_KEY_REUSED: the same key came with a different body, so it is unclear which of the two was meant. */
export class IdempotencyKeyReusedError extends define(
  "IDEMPOTENCY_KEY_REUSED",
  (d: { runId: string }) => `The idempotency key was used for run ${d.runId}, with a different request.`,
) {}

/**
 * INPUT_ENDPOINT_REFUSED: an input given over HTTP names an address that the server does not call on behalf of callers.
 * Nothing was sent.
 */
export class InputEndpointRefusedError extends define(
  "INPUT_ENDPOINT_REFUSED",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map(({ path, message }) => `${path} ${message}`).join("; ")}.`,
) {}

/** INPUT_PATH_REFUSED: a request names a server file outside all input folders. The file was not read. */
export class InputPathRefusedError extends define(
  "INPUT_PATH_REFUSED",
  (d: { subject: string; issues: readonly InputIssue[] }) =>
    `${d.subject}: ${d.issues.map(({ path, message }) => `${path} ${message}`).join("; ")}.`,
) {}

/** MEDIA_TYPE_UNSUPPORTED: the body is not JSON, or its content type does not say so. */
export class MediaTypeUnsupportedError extends define(
  "MEDIA_TYPE_UNSUPPORTED",
  (d: { mediaType: string | null }) =>
    `The body has ${d.mediaType === null ? "no media type" : `the media type ${d.mediaType.slice(0, 100)}`}; application/json is expected.`,
) {}

/** METHOD_NOT_ALLOWED: the path exists, but not with this method. */
export class MethodNotAllowedError extends define(
  "METHOD_NOT_ALLOWED",
  (d: { method: string; path: string; allowed: readonly string[] }) =>
    `${d.path.slice(0, 200)} does not support ${d.method.slice(0, 20)}; it supports ${list(d.allowed)}.`,
) {}

/**
 * NOT_AUTHORISED: the request's credentials identify no caller. The message is the same for every cause, so that it
 * does not help an attacker.
 */
export class NotAuthorisedError extends define(
  "NOT_AUTHORISED",
  (_: { reason: string }) => "This request carries no valid token.",
) {}

/** ORIGIN_REFUSED: the request came from another site's page, or used the session without the header of our own page. */
export class OriginRefusedError extends define("ORIGIN_REFUSED", (d: { origin: string | null }) =>
  d.origin === null
    ? "A request with a session cookie needs the header X-Holdfast-Request: 1."
    : `Requests from the origin "${d.origin.slice(0, 200)}" are refused.`,
) {}

/** PORT_UNUSABLE: the server cannot listen on the configured address. */
export class PortUnusableError extends define(
  "PORT_UNUSABLE",
  (d: { host: string; port: number; problem: string }) => `${d.host}, port ${d.port}: ${d.problem}.`,
) {}

/** RANGE_INVALID: the requested range lies beyond the end of the file. */
export class RangeInvalidError extends define(
  "RANGE_INVALID",
  (d: { sizeBytes: number }) =>
    `The range begins beyond the end of the file, which has ${plural(d.sizeBytes, "byte")}.`,
) {}

/** REQUEST_MALFORMED: the JSON, query, headers or address of the request cannot be read. */
export class RequestMalformedError extends define(
  "REQUEST_MALFORMED",
  (d: { subject: string; issues: readonly InputIssue[] }) => `${d.subject}: ${wordIssues(d.issues)}`,
) {}

/** REQUEST_TIMED_OUT: the request did not arrive completely in time. */
export class RequestTimedOutError extends define(
  "REQUEST_TIMED_OUT",
  (d: { timeoutMs: number }) => `The request did not arrive within ${Math.round(d.timeoutMs / 1_000)} s.`,
) {}

/** REQUEST_TOO_LARGE: the body exceeds the limit. It was not read to its end. */
export class RequestTooLargeError extends define(
  "REQUEST_TOO_LARGE",
  (d: { part: "head" | "body"; limitBytes: number }) =>
    `The request's ${d.part} is over the limit of ${d.limitBytes} bytes.`,
) {}

/** ROUTE_NOT_FOUND: the path does not exist. */
export class RouteNotFoundError extends define(
  "ROUTE_NOT_FOUND",
  (d: { path: string }) => `No such address: ${d.path.slice(0, 200)}.`,
) {}

/** SERVER_NOT_RUNNING: the command needs a running server for this data folder, and there is none. */
export class ServerNotRunningError extends define(
  "SERVER_NOT_RUNNING",
  (d: { dataDir: string; lastUrl: string | null }) =>
    `No server is running for ${d.dataDir}${d.lastUrl === null ? "" : `; the last one, at ${d.lastUrl}, has ended`}.`,
) {}

/** SERVER_STOPPING: the server is draining and accepts no new requests. */
export class ServerStoppingError extends define(
  "SERVER_STOPPING",
  (_: Record<never, never>) => "The server is stopping and accepts no new requests.",
) {}

/** UPLOAD_IN_USE: an unfinished run refers to the file. */
export class UploadInUseError extends define(
  "UPLOAD_IN_USE",
  (d: { id: string; runIds: readonly string[] }) =>
    `Upload ${d.id} is an input of unfinished runs: ${d.runIds.join(", ")}.`,
) {}

/** UPLOAD_NAME_INVALID: the name of an uploaded file is not a valid file name. */
export class UploadNameInvalidError extends define(
  "UPLOAD_NAME_INVALID",
  (d: { name: string; problem: string }) => `The file name ${JSON.stringify(d.name)} cannot be used: ${d.problem}.`,
) {}

/** UPLOAD_NOT_FOUND: no upload of this caller has the ID. */
export class UploadNotFoundError extends define(
  "UPLOAD_NOT_FOUND",
  (d: { id: string }) => `There is no upload ${JSON.stringify(d.id)}.`,
) {}

/** UPLOAD_TOO_LARGE: a file exceeds the limit. The part received was removed. */
export class UploadTooLargeError extends define(
  "UPLOAD_TOO_LARGE",
  (d: { limitBytes: number }) => `The file is over the limit of ${d.limitBytes} bytes.`,
) {}

/** UPLOADS_FULL: the files of one owner have reached their total limit. The received part of the next one was removed. */
export class UploadsFullError extends define(
  "UPLOADS_FULL",
  (d: { limit: string }) => `With this file, your uploads would exceed the limit of ${d.limit} for one owner.`,
) {}

/** TOO_MANY_REQUESTS: one caller sends more requests than allowed. */
export class TooManyRequestsError extends define(
  "TOO_MANY_REQUESTS",
  (d: { retryAfterMs: number; what?: string }) =>
    `${d.what ?? "Too many requests"}; try again in ${Math.ceil(d.retryAfterMs / 1_000)} s.`,
) {}
