/** From whatever was thrown to the problem that is answered. The text of an error that nobody foresaw stays in the log. */
import {
  BadInputError,
  HoldfastError,
  type InputIssue,
  MediaTypeUnsupportedError,
  type Problem,
  problemOf,
  RequestMalformedError,
  RequestTooLargeError,
  specOf,
} from "@holdfast/core";
import { PROBLEM_TYPE } from "@holdfast/protocol";
import type { FastifyError, FastifyReply, FastifyRequest } from "fastify";
import { hasZodFastifySchemaValidationErrors } from "fastify-type-provider-zod";

/** 1 MiB: an input is a form, not a file; data comes in as datasets. */
export const BODY_BYTES_MAX = 1_048_576;

export function answerError(thrown: unknown, request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const error = toHoldfastError(thrown);
  if (error === null) request.log.error({ err: thrown }, "unexpected error");
  else if (error.spec.httpStatus >= 500) request.log.warn({ err: error, code: error.code }, "a request failed");
  const problem = error === null ? unforeseen(request) : problemFor(error, request);
  return sendProblem(reply, problem);
}

/** `more` are members of its own, such as the current state beside "it has changed". */
export function sendProblem(reply: FastifyReply, problem: Problem, more: object = {}): FastifyReply {
  if (problem.retryAfterMs !== null)
    void reply.header("retry-after", Math.max(1, Math.ceil(problem.retryAfterMs / 1_000)));
  return reply
    .code(problem.status)
    .header("cache-control", "no-store")
    .header("content-type", PROBLEM_TYPE)
    .serializer((document: unknown) => JSON.stringify(document))
    .send({ ...problem, ...more });
}

export function problemFor(error: HoldfastError, request: FastifyRequest): Problem {
  return problemOf(error, { instance: pathOf(request.url), requestId: request.id });
}

function unforeseen(request: FastifyRequest): Problem {
  const { id } = request;
  return {
    ...problemOf(new Error("Unexpected error. This is a bug in Holdfast: please report it with the request ID."), {
      instance: pathOf(request.url),
      requestId: id,
      unforeseen: `Find request ${id} in the server's log.`,
    }),
    title: "Unexpected error",
  };
}

/** Without the query: it may hold what should not be repeated. */
export const pathOf = (url: string): string => (url.split("?")[0] ?? "").slice(0, 500);

function toHoldfastError(thrown: unknown): HoldfastError | null {
  if (thrown instanceof HoldfastError) return thrown;
  // An error of another copy of core: the table knows its code.
  if (specOf(thrown) !== null && thrown instanceof Error) return thrown as HoldfastError;
  if (hasZodFastifySchemaValidationErrors(thrown)) return misfit(thrown.validationContext, thrown.validation);
  const { code, statusCode, message } = (thrown ?? {}) as Partial<FastifyError>;
  switch (code) {
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new MediaTypeUnsupportedError({ mediaType: null });
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new RequestTooLargeError({ part: "body", limitBytes: BODY_BYTES_MAX });
  }
  if (statusCode === undefined || statusCode < 400 || statusCode >= 500) return null;
  return new RequestMalformedError({
    subject: "the request",
    issues: [{ path: "", message: message ?? "it cannot be read" }],
  });
}

interface Misfit {
  readonly instancePath: string;
  readonly message?: string | undefined;
  readonly params?: Readonly<Record<string, unknown>> | undefined;
}

/** Enough to mend a form; a body of a megabyte can be wrong in a million places. */
const ISSUES_MAX = 20;

function misfit(where: string | undefined, found: readonly Misfit[]): HoldfastError {
  const issues = found.flatMap(issuesOf).slice(0, ISSUES_MAX);
  if (where === "body") return new BadInputError({ subject: "the body", issues });
  const subject = where === "params" ? "the address" : where === "headers" ? "the headers" : "the query";
  return new RequestMalformedError({ subject, issues });
}

/** Each unknown field is a place of its own. */
function issuesOf({ instancePath, message, params }: Misfit): readonly InputIssue[] {
  const parts = instancePath.split("/").filter((part) => part !== "");
  const text = (message ?? "does not fit").slice(0, 500);
  const keys = params?.keys;
  if (!Array.isArray(keys)) return [{ path: parts.join("."), message: text }];
  return keys.slice(0, ISSUES_MAX).map((key) => ({
    path: [...parts, String(key).slice(0, 200)].join("."),
    message: "there is no such field",
  }));
}
