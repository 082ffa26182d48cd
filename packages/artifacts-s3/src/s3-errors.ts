/** What S3-compatible servers answer, as the store's errors: each says what happened and what to do. */
import { isThrown, StoreFullError, StoreReadonlyError, StoreUnreachableError } from "@holdfast/core";
import type { S3Address } from "./address.js";

interface Thrown {
  readonly name?: string;
  readonly code?: string;
  readonly Code?: string;
  readonly message?: string;
  readonly $metadata?: { readonly httpStatusCode?: number; readonly attempts?: number };
  readonly $response?: { readonly statusCode?: number };
}

const KEYS = "check AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or the profile that they come from";

/** What the server calls its refusals, and what helps. */
const REFUSALS: Readonly<Record<string, string>> = {
  InvalidAccessKeyId: `the access key is unknown to the server: ${KEYS}`,
  SignatureDoesNotMatch: `the secret key is wrong: ${KEYS}`,
  ExpiredToken: "the session token has expired: renew the credentials",
  InvalidToken: "the session token is not valid: renew the credentials",
  RequestTimeTooSkewed: "this host's clock is more than 15 minutes wrong: set it",
  PermanentRedirect: "the bucket is in another region: add ?region= with its region",
  AuthorizationHeaderMalformed: "the region is wrong: add ?region= with the bucket's region",
  IllegalLocationConstraintException: "the region is wrong: add ?region= with the bucket's region",
};
const FULL: readonly string[] = ["QuotaExceeded", "XMinioStorageFull", "InsufficientStorage", "ServiceQuotaExceeded"];

/** Whether the server says that the key is not there. */
export function isNoKey(error: unknown): boolean {
  const { name, Code } = error as Thrown;
  return name === "NoSuchKey" || Code === "NoSuchKey" || (name === "NotFound" && statusOf(error) === 404);
}

export const isNoUpload = (error: unknown): boolean => (error as Thrown).name === "NoSuchUpload";

const statusOf = (error: unknown) => {
  const { $metadata, $response } = error as Thrown;
  return $metadata?.httpStatusCode ?? $response?.statusCode ?? null;
};

/** The client's errors hold the whole request, its headers and sockets among it: none of that may come into a log. */
function slim(error: unknown): Error {
  const { name = "Error", message = "", code } = error as Thrown;
  return Object.assign(new Error(message), { name, ...(code === undefined ? {} : { code }) });
}

/** The error of the store for what a request ended with; `doing` is "be written", "be read" and so on. */
export function wordS3Error(error: unknown, { location, bucket, endpoint }: S3Address, doing: string): unknown {
  if (isThrown(error, StoreUnreachableError) || isThrown(error, StoreFullError)) return error;
  if (isThrown(error, StoreReadonlyError)) return error;
  const { name = "", code = "", Code = "", message = "", $metadata } = error as Thrown;
  const status = statusOf(error);
  const server = endpoint ?? "Amazon S3";
  const unreachable = (problem: string) => new StoreUnreachableError({ location, problem }, { cause: slim(error) });
  const tries = ($metadata?.attempts ?? 1) > 1 ? ` after ${$metadata?.attempts} tries` : "";
  const refusal = REFUSALS[name] ?? REFUSALS[Code];
  if (refusal !== undefined) return unreachable(refusal);
  if (name === "NoSuchBucket" || Code === "NoSuchBucket") {
    return unreachable(`there is no bucket ${bucket} at ${server}: create it, or correct the address`);
  }
  if (FULL.includes(name) || FULL.includes(Code) || status === 507) {
    return new StoreFullError(
      { location, problem: `the object storage is full (${name || status})` },
      { cause: slim(error) },
    );
  }
  if (name === "CredentialsProviderError" || /could not load credentials/i.test(message)) {
    return unreachable(`no access key was found: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile`);
  }
  if (/region is missing/i.test(message)) return unreachable("no region is set: add ?region= or set AWS_REGION");
  if (status === 401 || status === 403) {
    const problem = `the access key may not let files ${doing} (${name || Code || status}): allow s3:GetObject, s3:PutObject, s3:DeleteObject, s3:ListBucket and s3:AbortMultipartUpload on it`;
    return doing === "be read"
      ? unreachable(problem)
      : new StoreReadonlyError({ location, problem }, { cause: slim(error) });
  }
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") {
    return unreachable(`the host of ${server} is not known (${code}): check endpoint= and the name service`);
  }
  if (code === "ECONNREFUSED" || code === "EHOSTUNREACH" || code === "ENETUNREACH") {
    return unreachable(`nothing answers at ${server} (${code})${tries}: check endpoint=, and that the server runs`);
  }
  if (/CERT|SSL|TLS|EPROTO/.test(code)) {
    return unreachable(`${server} cannot be trusted (${code}): check http or https in endpoint=, and its certificate`);
  }
  // The client calls a cut connection a timeout too.
  if (code === "ECONNRESET" || code === "EPIPE" || /aborted|socket hang up|premature close|terminated/i.test(message)) {
    return unreachable(`the connection to ${server} was cut${tries}: nothing was left half-written`);
  }
  if (name === "TimeoutError" || code === "ETIMEDOUT") {
    return unreachable(
      `${server} did not answer in time${tries}: it is slow or stopped; the same request may succeed later`,
    );
  }
  if (status !== null && status >= 500) {
    return unreachable(
      `${server} answered ${status} ${name || Code}${tries}: it is overloaded or failing; see its log`,
    );
  }
  if (status === 429 || name === "SlowDown") {
    return unreachable(`${server} asks to slow down${tries}: raise its limits, or start fewer workers`);
  }
  return unreachable(
    `files cannot ${doing} (${[status, name || Code, message].filter(Boolean).join(" ").slice(0, 300)})`,
  );
}
