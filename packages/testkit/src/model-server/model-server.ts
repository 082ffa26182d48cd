// A local server that speaks two model APIs and misbehaves on purpose: seeded faults, latency, a real rate limit, and a
// journal of what was paid. It is the other side of a test, so it shares no code with the client under test. Loopback
// only. Invariant: the journal line is written before the first byte of the answer is sent.
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type AnswerFn, answerByReading, type ModelRequest } from "./answers.js";
import { checkFaultPlan, drawFault, drawFraction, type FaultName, type FaultPlan, isPaid } from "./faults.js";
import { type JournalLine, openJournal } from "./journal.js";
import { countTokens, refuse, spoil } from "./misbehaviour.js";
import { createRequestBucket } from "./request-bucket.js";
import { chatBody, chatEvents, type Draft, errorBody, messagesBody, parseRequest } from "./wire.js";

export interface ModelServerOptions {
  /** Port. Default 0: any free port. */
  readonly port?: number | undefined;
  readonly seed: number;
  readonly faults?: FaultPlan | undefined;
  /** Delay before an answer, in milliseconds, drawn uniformly. Default: none. */
  readonly latencyMs?: readonly [min: number, max: number] | undefined;
  /**
   * Requests per minute, actually counted; above it the answer is 429. `burst`: how many at once, default the whole
   * minute's.
   */
  readonly rateLimit?: { readonly rpm: number; readonly burst?: number | undefined } | undefined;
  readonly answer?: AnswerFn | undefined;
  /** File to append to. An existing one is continued, with its counts. */
  readonly journalFile?: string | undefined;
  /** If set, requests without it are refused with 401. */
  readonly apiKey?: string | undefined;
}

export interface ModelServer extends AsyncDisposable {
  readonly port: number;
  /** With the version path, as clients expect it. */
  readonly baseUrl: string;
  readonly journal: readonly JournalLine[];
  /** Changes the faults from the next request on. */
  setFaults(faults: FaultPlan): void;
  /** Closes open connections (including hanging answers) and stops. */
  close(): Promise<void>;
}

const BODY_BYTES_MAX = 8 * 1024 * 1024; // far above a prompt; a runaway client should fail instead of filling the memory

/** Starts the server. @throws {TypeError} if the fault plan is invalid. */
export async function startModelServer(options: ModelServerOptions): Promise<ModelServer> {
  let faults = options.faults ?? {};
  checkFaultPlan(faults);
  const journal = openJournal(options.journalFile);
  const answer = options.answer ?? answerByReading;
  const bucket = options.rateLimit
    ? createRequestBucket(options.rateLimit.rpm, () => performance.now(), options.rateLimit.burst)
    : null;
  const timers = new Set<NodeJS.Timeout>();

  async function handle(incoming: IncomingMessage, out: ServerResponse): Promise<void> {
    const path = (incoming.url ?? "").split("?")[0];
    if (incoming.method === "GET" && path === "/v1/models") {
      return sendJson(out, 200, { object: "list", data: [{ id: "test-model", object: "model", owned_by: "testkit" }] });
    }
    const api = path === "/v1/chat/completions" ? "chat" : path === "/v1/messages" ? "messages" : null;
    if (incoming.method !== "POST" || api === null) {
      return sendJson(
        out,
        404,
        errorBody("chat", "invalid_request_error", "not_found", `No ${incoming.method} ${path}.`),
      );
    }
    let parsed: ReturnType<typeof parseRequest>;
    let rawBody: string;
    try {
      rawBody = await readBody(incoming);
      parsed = parseRequest(api, JSON.parse(rawBody));
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      return sendJson(out, 400, errorBody(api, "invalid_request_error", "bad_request", message));
    }
    const key =
      header(incoming, "x-idempotency-key") ?? createHash("sha256").update(parsed.prompt).digest("hex").slice(0, 16);
    const n = journal.nextOf(key);
    const request: ModelRequest = { ...parsed, key, n };
    const promptTokens = countTokens(
      parsed.messages.map((message) => message.text).join("\n") + (api === "messages" ? parsed.system : ""),
    );
    const requestId = `req-${createHash("sha256").update(`${options.seed}\0${key}\0${n}`).digest("hex").slice(0, 12)}`;
    const limit = bucket?.take();
    const headers = { "x-request-id": requestId, ...limit?.headers };
    const fault = forbidden(incoming)
      ? "auth401"
      : limit?.allowed === false
        ? "rate429"
        : drawFault(faults, options.seed, key, n);
    const line = { key, n, model: parsed.model, promptTokens, fault };

    if (!isPaid(fault)) {
      const refusal = refuse(
        api,
        fault as FaultName,
        limit?.retryAfterMs || (faults.retryAfterSeconds ?? 1) * 1000,
        drawFraction(options.seed, key, n, "status"),
      );
      journal.append({ ...line, completionTokens: 0, status: refusal.status, paid: false });
      return sendJson(out, refusal.status, refusal.body, { ...headers, ...refusal.headers });
    }

    const text = spoil(JSON.stringify(await answer(request)), fault, parsed.maxTokens);
    const completionTokens = countTokens(text);
    journal.append({ ...line, completionTokens, status: 200, paid: true });
    await pause(latency(key, n));
    if (fault === "hang") return; // the socket stays open until one side closes it
    const draft: Draft = {
      id: `chatcmpl-${requestId.slice(4)}`,
      model: parsed.model,
      text,
      finish: fault === "lengthFinish" ? "length" : fault === "refusal" ? "refusal" : "stop",
      usage: fault === "missingUsage" ? null : { promptTokens, completionTokens },
    };
    const streamed = api === "chat" && parsed.stream;
    let body = streamed
      ? chatEvents(draft, parsed.includeUsage)
      : JSON.stringify(api === "chat" ? chatBody(draft) : messagesBody(draft, parsed.tool));
    if (fault === "badBody") body = `<html><body>Bad gateway</body></html>${body.slice(0, 40)}`;
    out.writeHead(200, {
      ...headers,
      "content-type": streamed ? "text/event-stream" : "application/json",
      ...(streamed ? {} : { "content-length": String(Buffer.byteLength(body)) }),
    });
    if (fault !== "reset") return void out.end(body);
    // Half of it must arrive before the connection breaks, or the client would see a connection that never answered.
    out.write(body.slice(0, body.length / 2), () => out.socket?.destroy());
  }

  function forbidden(incoming: IncomingMessage): boolean {
    if (options.apiKey === undefined) return false;
    return (
      header(incoming, "authorization") !== `Bearer ${options.apiKey}` &&
      header(incoming, "x-api-key") !== options.apiKey
    );
  }

  function latency(key: string, n: number): number {
    const [min, max] = options.latencyMs ?? [0, 0];
    return min + drawFraction(options.seed, key, n, "latency") * (max - min);
  }

  function pause(ms: number): Promise<void> {
    if (ms <= 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        timers.delete(timer);
        resolve();
      }, ms);
      timers.add(timer);
    });
  }

  const server = createServer((incoming, out) => {
    handle(incoming, out).catch((error: unknown) => {
      // The test's `answer` threw: the client sees a 500 that says so.
      if (!out.headersSent) sendJson(out, 500, errorBody("chat", "server_error", "answer_failed", String(error)));
      else out.destroy();
    });
  });
  await listen(server, options.port ?? 0);
  const { port } = server.address() as AddressInfo;

  async function close(): Promise<void> {
    for (const timer of timers) clearTimeout(timer);
    if (server.listening) {
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
      journal.close();
    }
  }

  return {
    port,
    baseUrl: `http://127.0.0.1:${port}/v1`,
    journal: journal.lines,
    setFaults(next) {
      checkFaultPlan(next);
      faults = next;
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > BODY_BYTES_MAX) throw new TypeError(`The body is larger than ${BODY_BYTES_MAX} bytes.`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function sendJson(out: ServerResponse, status: number, body: object, headers: Record<string, string> = {}): void {
  out.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));
}

function header(incoming: IncomingMessage, name: string): string | undefined {
  const value = incoming.headers[name];
  return Array.isArray(value) ? value[0] : value;
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, "127.0.0.1", () => {
      server.removeListener("error", reject);
      resolve();
    });
  });
}
