/**
 * The requests that artifacts need of one bucket, with their errors worded. Every one is repeated by the client while the server
 * is overloaded or the connection fails; all of them may be made twice.
 *
 * Checksum headers are left out where S3 does not demand them, since servers of other makers refuse them: Content-MD5, which all
 * of them check, guards the bytes on their way, and the SHA-256 of the record guards them for good.
 */
import { createHash } from "node:crypto";
import type { Readable } from "node:stream";
import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListMultipartUploadsCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
  UploadPartCommand,
} from "@aws-sdk/client-s3";
import type { ByteRange, LinkTerms } from "@holdfast/engine";
import type { S3Address } from "./address.js";
import { isNoKey, isNoUpload, wordS3Error } from "./s3-errors.js";

/** 8 MiB: above the 5 MiB that servers demand, and three of them in flight fit beside a worker's own memory. */
const PART_BYTES = 8 * 1024 * 1024;
/** Five tries over about ten seconds outlast a failover of most servers; then the run waits and is tried again. */
const ATTEMPTS_MAX = 5;
/** A server on another continent accepts within a second. */
const CONNECT_MS = 5_000;
const SOCKETS_MAX = 64;
/** Long enough for a person's click, short enough for a link that is passed on. */
const LINK_SECONDS = 300;
/** Of keys removed side by side. */
const DELETES_MAX = 8;

export interface StoredObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly changedAt: number;
}

export interface StaleUpload {
  readonly key: string;
  readonly uploadId: string;
  readonly startedAt: number;
}

export const md5 = (bytes: Uint8Array) => createHash("md5").update(bytes).digest();

export class Bucket {
  readonly partBytes: number;
  private readonly client: S3Client;

  constructor(
    readonly address: S3Address,
    partBytes = PART_BYTES,
  ) {
    this.partBytes = partBytes;
    this.client = makeClient(address, address.endpoint);
  }

  /** The whole key, under the prefix of the address. */
  keyOf(path: string): string {
    return this.address.prefix === "" ? path : `${this.address.prefix}/${path}`;
  }

  async put(key: string, bytes: Uint8Array): Promise<string | null> {
    const ContentMD5 = md5(bytes).toString("base64");
    const command = () =>
      new PutObjectCommand({ ...this.at(key), Body: bytes, ContentMD5, ContentLength: bytes.length });
    const { ETag } = await this.ask("be written", () => this.client.send(command()));
    return ETag ?? null;
  }

  /** Null where nothing has the key. */
  async head(key: string): Promise<{ readonly sizeBytes: number } | null> {
    try {
      const { ContentLength } = await this.client.send(new HeadObjectCommand(this.at(key)));
      return { sizeBytes: ContentLength ?? 0 };
    } catch (error) {
      if (isNoKey(error)) return null;
      throw wordS3Error(error, this.address, "be read");
    }
  }

  /** Null where nothing has the key. The body must be read to its end or destroyed: it holds a connection. */
  async get(key: string, range?: ByteRange): Promise<{ readonly body: Readable; readonly totalBytes: number } | null> {
    const Range = range === undefined ? undefined : `bytes=${range.start}-${range.end}`;
    try {
      const answer = await this.client.send(new GetObjectCommand({ ...this.at(key), Range }));
      const total = answer.ContentRange?.match(/\/(\d+)$/)?.[1];
      const totalBytes = total === undefined ? (answer.ContentLength ?? 0) : Number(total);
      const body = answer.Body as Readable;
      // It may fail before anybody reads it: whoever does is told then.
      body.on("error", () => {});
      return { body, totalBytes };
    } catch (error) {
      if (isNoKey(error)) return null;
      throw wordS3Error(error, this.address, "be read");
    }
  }

  async delete(keys: readonly string[]): Promise<void> {
    const left = [...keys];
    const work = async () => {
      for (let key = left.pop(); key !== undefined; key = left.pop()) {
        const at = this.at(key);
        await this.ask("be removed", () => this.client.send(new DeleteObjectCommand(at)));
      }
    };
    await Promise.all(Array.from({ length: Math.min(DELETES_MAX, keys.length) }, work));
  }

  /** Everything whose key begins with the prefix, in the order of the keys. */
  async *list(prefix: string): AsyncGenerator<StoredObject> {
    for (let token: string | undefined; ; ) {
      const page = { Bucket: this.address.bucket, Prefix: prefix, ContinuationToken: token };
      const answer = await this.ask("be listed", () => this.client.send(new ListObjectsV2Command(page)));
      for (const { Key = "", Size = 0, LastModified } of answer.Contents ?? []) {
        yield { key: Key, sizeBytes: Size, changedAt: LastModified?.getTime() ?? 0 };
      }
      token = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || token === undefined) return;
    }
  }

  /** The names directly below the prefix that hold something, as folders do. */
  async *listFolders(prefix: string): AsyncGenerator<string> {
    for (let token: string | undefined; ; ) {
      const page = { Bucket: this.address.bucket, Prefix: prefix, Delimiter: "/", ContinuationToken: token };
      const answer = await this.ask("be listed", () => this.client.send(new ListObjectsV2Command(page)));
      for (const { Prefix = "" } of answer.CommonPrefixes ?? []) yield Prefix.slice(prefix.length, -1);
      token = answer.NextContinuationToken;
      if (answer.IsTruncated !== true || token === undefined) return;
    }
  }

  async beginUpload(key: string): Promise<string> {
    const at = this.at(key);
    const { UploadId } = await this.ask("be written", () => this.client.send(new CreateMultipartUploadCommand(at)));
    return UploadId ?? "";
  }

  async putPart(key: string, uploadId: string, number: number, bytes: Uint8Array): Promise<string> {
    const ContentMD5 = md5(bytes).toString("base64");
    const part = { ...this.at(key), UploadId: uploadId, PartNumber: number, Body: bytes, ContentMD5 };
    const { ETag } = await this.ask("be written", () =>
      this.client.send(new UploadPartCommand({ ...part, ContentLength: bytes.length })),
    );
    return ETag ?? "";
  }

  async completeUpload(key: string, uploadId: string, etags: readonly string[]): Promise<string | null> {
    const Parts = etags.map((ETag, index) => ({ ETag, PartNumber: index + 1 }));
    const upload = { ...this.at(key), UploadId: uploadId, MultipartUpload: { Parts } };
    const { ETag } = await this.ask("be written", () => this.client.send(new CompleteMultipartUploadCommand(upload)));
    return ETag ?? null;
  }

  async abortUpload(key: string, uploadId: string): Promise<void> {
    const upload = { ...this.at(key), UploadId: uploadId };
    try {
      await this.client.send(new AbortMultipartUploadCommand(upload));
    } catch (error) {
      if (!isNoUpload(error)) throw wordS3Error(error, this.address, "be removed");
    }
  }

  /** Uploads in parts that were begun and not ended. */
  async *listUploads(prefix: string): AsyncGenerator<StaleUpload> {
    for (let after: { KeyMarker?: string | undefined; UploadIdMarker?: string | undefined } = {}; ; ) {
      const page = { Bucket: this.address.bucket, Prefix: prefix, ...after };
      const answer = await this.ask("be listed", () => this.client.send(new ListMultipartUploadsCommand(page)));
      for (const { Key = "", UploadId = "", Initiated } of answer.Uploads ?? []) {
        yield { key: Key, uploadId: UploadId, startedAt: Initiated?.getTime() ?? 0 };
      }
      if (answer.IsTruncated !== true) return;
      after = { KeyMarker: answer.NextKeyMarker, UploadIdMarker: answer.NextUploadIdMarker };
    }
  }

  /** A link signed for the public name of the server; null where it has none. */
  async link(key: string, { type, disposition }: LinkTerms): Promise<string | null> {
    if (this.address.publicEndpoint === null) return null;
    const { getSignedUrl } = await import("@aws-sdk/s3-request-presigner");
    const command = new GetObjectCommand({
      ...this.at(key),
      ResponseContentType: type,
      ResponseContentDisposition: disposition,
    });
    const client = makeClient(this.address, this.address.publicEndpoint);
    try {
      return await getSignedUrl(client, command, { expiresIn: LINK_SECONDS });
    } catch (error) {
      throw wordS3Error(error, this.address, "be read");
    } finally {
      client.destroy();
    }
  }

  private at(key: string) {
    return { Bucket: this.address.bucket, Key: key };
  }

  private async ask<T>(doing: string, request: () => Promise<T>): Promise<T> {
    try {
      return await request();
    } catch (error) {
      throw wordS3Error(error, this.address, doing);
    }
  }
}

function makeClient({ region, isPathStyle, timeoutMs }: S3Address, endpoint: string | null): S3Client {
  // Amazon's own region comes from the environment where the address has none; other servers take any.
  const place = region ?? (endpoint === null ? null : "us-east-1");
  return new S3Client({
    ...(endpoint === null ? {} : { endpoint }),
    ...(place === null ? {} : { region: place }),
    forcePathStyle: isPathStyle,
    maxAttempts: ATTEMPTS_MAX,
    requestChecksumCalculation: "WHEN_REQUIRED",
    responseChecksumValidation: "WHEN_REQUIRED",
    requestHandler: {
      connectionTimeout: Math.min(CONNECT_MS, timeoutMs),
      socketTimeout: timeoutMs,
      httpAgent: { maxSockets: SOCKETS_MAX, keepAlive: true },
      httpsAgent: { maxSockets: SOCKETS_MAX, keepAlive: true },
    },
  });
}
