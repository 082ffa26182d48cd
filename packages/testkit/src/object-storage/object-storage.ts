/**
 * A small S3-compatible server in memory: objects, ranges, lists, uploads in parts, signatures. It is strict where servers of
 * other makers are (`refusesChecksums`), and fails as they do (`onRequest`). For tests: what it keeps is gone with it.
 */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@holdfast/engine";
import { KeptBucket, Refusal } from "./buckets.js";
import { findSignatureProblem, type Keys } from "./signature.js";

/** One request as `onRequest` sees it. */
export interface ObjectRequest {
  /** HTTP method. */
  readonly method: string;
  /** Key of the object; empty for the bucket itself. */
  readonly key: string;
  /** Query parameters. */
  readonly query: URLSearchParams;
}

/**
 * What happens instead of the answer. A number is the status that S3 answers with (503 is `SlowDown`). `hang` never answers,
 * `refuse` cuts the connection unanswered, `cut` cuts it in the middle of the body, `lose` keeps what was sent and cuts the
 * connection before its answer, `drop` answers without keeping anything, `corrupt` keeps other bytes than were sent.
 */
export type ObjectFault = number | "hang" | "refuse" | "cut" | "lose" | "drop" | "corrupt";

/** Options of `startObjectStorage`. */
export interface ObjectStorageOptions {
  /** Buckets that exist. Default: `holdfast`. */
  readonly buckets?: readonly string[];
  /** Refuse `x-amz-checksum-*`, trailers and chunked signatures, as servers of other makers do. Default false. */
  readonly refusesChecksums?: boolean;
  /** Give ETags that say nothing of the content, as encrypted buckets do. Default false. */
  readonly isEncrypted?: boolean;
  /** Smallest part but the last. Default: 5 MiB, as S3 has it. */
  readonly partBytesMin?: number;
  /** Entries on a page of a list. Default 1,000. */
  readonly pageCount?: number;
  /** Wall clock in milliseconds. Default: the system's. */
  readonly nowMs?: () => number;
}

/** A running server. */
export interface ObjectStorage extends AsyncDisposable {
  /** URL for `endpoint=`. */
  readonly url: string;
  /** Keys that it accepts, as environment variables. */
  readonly env: { readonly AWS_ACCESS_KEY_ID: string; readonly AWS_SECRET_ACCESS_KEY: string };
  /** Decides what happens to a request; undefined answers it. */
  onRequest: (request: ObjectRequest) => ObjectFault | undefined;
  /** Keys of a bucket, sorted. */
  keys(bucket?: string): readonly string[];
  /** The bytes of an object; null where there is none. */
  bytes(key: string, bucket?: string): Buffer | null;
  /** Puts bytes under a key, as somebody else would; null removes it. */
  put(key: string, bytes: Buffer | null, bucket?: string): void;
  /** Begins an upload in parts, as a process that is killed afterwards leaves it. */
  begin(key: string, bucket?: string): void;
  /** Uploads in parts that were begun and not ended. */
  uploads(bucket?: string): readonly string[];
  /** Connections that are open now. */
  connections(): Promise<number>;
  /** Stops it. */
  close(): Promise<void>;
}

const KEYS: Keys = { accessKeyId: "AKIATEST", secretAccessKey: "test-secret-key" };
const XML_HEAD = '<?xml version="1.0" encoding="UTF-8"?>';
/** S3's own. */
const PART_BYTES_MIN = 5 * 1024 * 1024;

/** Starts the server on a free port of the loopback interface. */
export async function startObjectStorage(options: ObjectStorageOptions = {}): Promise<ObjectStorage> {
  const nowMs = options.nowMs ?? (() => systemClock.nowMs());
  const terms = {
    partBytesMin: options.partBytesMin ?? PART_BYTES_MIN,
    isEncrypted: options.isEncrypted ?? false,
    nowMs,
  };
  const buckets = new Map((options.buckets ?? ["holdfast"]).map((name) => [name, new KeptBucket(terms)]));
  const storage = { onRequest: (_: ObjectRequest): ObjectFault | undefined => undefined };
  const server = createServer((request, response) => {
    request.on("error", () => undefined);
    response.on("error", () => undefined);
    void serve({ request, response, buckets, options, nowMs, decide: (it) => storage.onRequest(it) }).catch(() =>
      request.socket.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const bucketOf = (name = "holdfast") => {
    const bucket = buckets.get(name);
    if (bucket === undefined) throw new Error(`no bucket ${name}`);
    return bucket;
  };
  const close = async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  };
  return Object.assign(storage, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    env: { AWS_ACCESS_KEY_ID: KEYS.accessKeyId, AWS_SECRET_ACCESS_KEY: KEYS.secretAccessKey },
    keys: (name?: string) => [...bucketOf(name).objects.keys()].sort(),
    bytes: (key: string, name?: string) => bucketOf(name).objects.get(key)?.bytes ?? null,
    put: (key: string, bytes: Buffer | null, name?: string) => {
      const bucket = bucketOf(name);
      if (bytes === null) bucket.objects.delete(key);
      else bucket.objects.set(key, bucket.keep(bytes));
    },
    begin: (key: string, name?: string) => void bucketOf(name).begin(key),
    uploads: (name?: string) => [...bucketOf(name).uploads.keys()],
    connections: () =>
      new Promise<number>((resolve, reject) =>
        server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
      ),
    close,
    [Symbol.asyncDispose]: close,
  });
}

interface Served {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly buckets: ReadonlyMap<string, KeptBucket>;
  readonly options: ObjectStorageOptions;
  readonly nowMs: () => number;
  readonly decide: (request: ObjectRequest) => ObjectFault | undefined;
}

async function serve({ request, response, buckets, options, nowMs, decide }: Served): Promise<void> {
  const { method = "GET", headers } = request;
  const [path = "", search = ""] = (request.url ?? "").split("?");
  const query = new URLSearchParams(search);
  const [, bucketName = "", ...parts] = path.split("/").map(decodeURIComponent);
  const key = parts.join("/");
  const body = await readBody(request);
  // A body that ended before its announced length was not received.
  if (body === null) return;
  const fault = decide({ method, key, query });
  if (fault === "hang") return;
  if (fault === "refuse") return void request.socket.destroy();
  try {
    const problem = findSignatureProblem({ method, path, query, headers }, KEYS, nowMs());
    if (problem !== null) throw new Refusal(403, problem);
    if (typeof fault === "number") throw new Refusal(fault, fault === 503 ? "SlowDown" : "InternalError");
    checkBody(headers, body, options);
    const bucket = buckets.get(bucketName);
    if (bucket === undefined) throw new Refusal(404, "NoSuchBucket");
    const sent = fault === "corrupt" ? Buffer.alloc(body.length, "?") : body;
    const answer = act({ method, key, query, headers, body: sent, bucket, options, isDropped: fault === "drop" });
    if (fault === "lose") return void request.socket.destroy();
    send(response, method, answer, fault === "cut");
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const text = `${XML_HEAD}<Error><Code>${error.code}</Code><Message>${error.code}</Message></Error>`;
    send(response, method, { status: error.status, headers: { "content-type": "application/xml" }, body: text }, false);
  }
}

async function readBody(request: IncomingMessage): Promise<Buffer | null> {
  const chunks: Buffer[] = [];
  try {
    for await (const chunk of request) chunks.push(chunk as Buffer);
  } catch {
    return null;
  }
  return Buffer.concat(chunks);
}

function checkBody(headers: IncomingMessage["headers"], body: Buffer, options: ObjectStorageOptions): void {
  const hash = String(headers["x-amz-content-sha256"] ?? "");
  const hasChecksum = Object.keys(headers).some((name) => /^x-amz-(checksum-|trailer$|sdk-checksum)/.test(name));
  if (options.refusesChecksums === true && hasChecksum) throw new Refusal(400, "InvalidArgument");
  if (hash.startsWith("STREAMING-")) throw new Refusal(501, "NotImplemented");
  if (/^[0-9a-f]{64}$/.test(hash) && hash !== createHash("sha256").update(body).digest("hex")) {
    throw new Refusal(400, "XAmzContentSHA256Mismatch");
  }
  const md5 = headers["content-md5"];
  if (md5 !== undefined && md5 !== createHash("md5").update(body).digest("base64")) throw new Refusal(400, "BadDigest");
}

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string | number>>;
  readonly body?: string | Buffer;
}

interface Act {
  readonly method: string;
  readonly key: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingMessage["headers"];
  readonly body: Buffer;
  readonly bucket: KeptBucket;
  readonly options: ObjectStorageOptions;
  readonly isDropped: boolean;
}

function act(asked: Act): Answer {
  const { method, key, query, body, bucket, isDropped } = asked;
  const uploadId = query.get("uploadId");
  if (key === "") return actOnBucket(asked);
  if (method === "POST" && query.has("uploads")) {
    return xml(
      `<InitiateMultipartUploadResult><UploadId>${bucket.begin(key)}</UploadId></InitiateMultipartUploadResult>`,
    );
  }
  if (method === "PUT" && uploadId !== null) {
    const part = bucket.keep(body);
    const { parts } = bucket.upload(uploadId, key);
    parts.set(Number(query.get("partNumber")), isDropped ? { ...part, bytes: Buffer.alloc(0) } : part);
    return { status: 200, headers: { etag: `"${part.etag}"` } };
  }
  if (method === "POST" && uploadId !== null) {
    const named = [...body.toString().matchAll(/<Part>(.*?)<\/Part>/gs)].map(([, part = ""]) => ({
      number: Number(part.match(/<PartNumber>(\d+)</)?.[1]),
      etag: (part.match(/<ETag>(.*?)</s)?.[1] ?? "").replace(/"|&quot;/g, ""),
    }));
    const { etag } = bucket.complete(uploadId, key, named);
    return xml(`<CompleteMultipartUploadResult><ETag>&quot;${etag}&quot;</ETag></CompleteMultipartUploadResult>`);
  }
  if (method === "DELETE" && uploadId !== null) {
    bucket.upload(uploadId, key);
    bucket.uploads.delete(uploadId);
    return { status: 204 };
  }
  if (method === "PUT") {
    const object = bucket.keep(body);
    if (!isDropped) bucket.objects.set(key, object);
    return { status: 200, headers: { etag: `"${object.etag}"` } };
  }
  if (method === "DELETE") {
    bucket.objects.delete(key);
    return { status: 204 };
  }
  if (method === "GET" || method === "HEAD") return readObject(asked);
  throw new Refusal(405, "MethodNotAllowed");
}

function readObject({ key, query, headers, bucket }: Act): Answer {
  const object = bucket.objects.get(key);
  if (object === undefined) throw new Refusal(404, "NoSuchKey");
  const { bytes, etag, changedAtMs } = object;
  const common = {
    etag: `"${etag}"`,
    "last-modified": new Date(changedAtMs).toUTCString(),
    "accept-ranges": "bytes",
    "content-type": query.get("response-content-type") ?? "application/octet-stream",
    ...(query.has("response-content-disposition")
      ? { "content-disposition": query.get("response-content-disposition") as string }
      : {}),
  };
  const range = headers.range?.match(/^bytes=(\d+)-(\d*)$/);
  if (!range) return { status: 200, headers: { ...common, "content-length": bytes.length }, body: bytes };
  const start = Number(range[1]);
  const end = range[2] === "" ? bytes.length - 1 : Math.min(Number(range[2]), bytes.length - 1);
  if (start > end) throw new Refusal(416, "InvalidRange");
  const contentRange = `bytes ${start}-${end}/${bytes.length}`;
  return {
    status: 206,
    headers: { ...common, "content-range": contentRange, "content-length": end - start + 1 },
    body: bytes.subarray(start, end + 1),
  };
}

function actOnBucket({ method, query, bucket, options }: Act): Answer {
  if (method === "HEAD") return { status: 200 };
  if (method !== "GET") throw new Refusal(405, "MethodNotAllowed");
  const prefix = query.get("prefix") ?? "";
  const max = Math.min(options.pageCount ?? 1_000, Number(query.get("max-keys") ?? 1_000));
  if (query.has("uploads")) {
    const uploads = [...bucket.uploads].filter(([, { key }]) => key.startsWith(prefix));
    const rows = uploads.map(
      ([id, { key, startedAtMs }]) =>
        `<Upload><Key>${escapeXml(key)}</Key><UploadId>${id}</UploadId><Initiated>${instant(startedAtMs)}</Initiated></Upload>`,
    );
    return xml(
      `<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>${rows.join("")}</ListMultipartUploadsResult>`,
    );
  }
  const after = Buffer.from(query.get("continuation-token") ?? "", "base64url").toString();
  const { keys, folders, next } = bucket.list(prefix, query.get("delimiter") ?? "", after, max);
  const rows = keys.map((key) => {
    const { bytes, etag, changedAtMs } = bucket.objects.get(key) ?? bucket.keep(Buffer.alloc(0));
    return `<Contents><Key>${escapeXml(key)}</Key><Size>${bytes.length}</Size><ETag>&quot;${etag}&quot;</ETag><LastModified>${instant(changedAtMs)}</LastModified></Contents>`;
  });
  const names = folders.map((folder) => `<CommonPrefixes><Prefix>${escapeXml(folder)}</Prefix></CommonPrefixes>`);
  const token =
    next === null ? "" : `<NextContinuationToken>${Buffer.from(next).toString("base64url")}</NextContinuationToken>`;
  return xml(
    `<ListBucketResult><IsTruncated>${next !== null}</IsTruncated>${token}${rows.join("")}${names.join("")}</ListBucketResult>`,
  );
}

function send(response: ServerResponse, method: string, { status, headers, body = "" }: Answer, isCut: boolean): void {
  const bytes = Buffer.from(body as string);
  response.writeHead(status, { "content-length": bytes.length, ...headers });
  if (method === "HEAD") return void response.end();
  if (!isCut) return void response.end(bytes);
  response.write(bytes.subarray(0, Math.ceil(bytes.length / 2)), () => response.socket?.destroy());
}

const xml = (text: string): Answer => ({
  status: 200,
  headers: { "content-type": "application/xml" },
  body: `${XML_HEAD}${text}`,
});
const escapeXml = (text: string) => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const instant = (ms: number) => new Date(ms).toISOString();
