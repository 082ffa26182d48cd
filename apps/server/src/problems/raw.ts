/** Handles requests that are not HTTP, or that arrive too slowly. They are answered on the socket, since there is no request object. */
import type { Socket } from "node:net";
import {
  type HoldfastError,
  problemOf,
  RequestMalformedError,
  RequestTimedOutError,
  RequestTooLargeError,
} from "@holdfast/core";
import { PROBLEM_TYPE } from "@holdfast/protocol";

/** Connections on which a file arrives: that takes longer than any other request may, and has limits of its own. */
export const UPLOADING = new WeakSet<Socket>();

/** How long who sent it has to read the answer. */
const CUT_AFTER_MS = 1_000;

export const clientErrorHandler =
  (arrivalMs: number) =>
  (error: NodeJS.ErrnoException, socket: Socket): void =>
    answerClientError(error, socket, arrivalMs);

function answerClientError(error: NodeJS.ErrnoException, socket: Socket, arrivalMs: number): void {
  if (error.code === "ERR_HTTP_REQUEST_TIMEOUT" && UPLOADING.has(socket)) return;
  if (error.code === "ECONNRESET" || !socket.writable) {
    socket.destroy();
    return;
  }
  const problem = problemOf(toProblem(error.code, arrivalMs));
  const body = JSON.stringify(problem);
  // Ending says that nothing more is sent; who never ends their own side would keep the socket for ever.
  setTimeout(() => socket.destroy(), CUT_AFTER_MS).unref();
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.title}\r\ncontent-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `cache-control: no-store\r\nx-content-type-options: nosniff\r\nconnection: close\r\n\r\n${body}`,
  );
}

function toProblem(code: string | undefined, arrivalMs: number): HoldfastError {
  if (code === "ERR_HTTP_REQUEST_TIMEOUT") return new RequestTimedOutError({ timeoutMs: arrivalMs });
  // Node's limit for all headers together is 16 KiB.
  if (code === "HPE_HEADER_OVERFLOW") return new RequestTooLargeError({ part: "head", limitBytes: 16_384 });
  return new RequestMalformedError({
    subject: "the request",
    issues: [{ path: "", message: "it is not well-formed HTTP" }],
  });
}
