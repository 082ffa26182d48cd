/**
 * /api/uploads: files that become inputs of runs. The body is the file itself, whatever its media type, written as it arrives;
 * a run names it as `upload:<id>` where a path is expected. Each caller sees their own, and others' do not exist.
 */
import type { Readable } from "node:stream";
import { RequestMalformedError, RequestTimedOutError, UploadInUseError, UploadTooLargeError } from "@holdfast/core";
import type { StoredUpload } from "@holdfast/engine";
import { noQuery, upload, uploadBody, uploadHeaders, uploadPage, uploadParams, uploadQuery } from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { callerOf } from "../auth/guard.js";
import type { App, ServerContext } from "../context.js";
import { runsThatNeed } from "../inputs/upload-sweep.js";
import { UPLOADING } from "../problems/raw.js";
import { answers, nothing, TAGS } from "./schemas.js";

const DAY_MS = 86_400_000;
/** All of a file, however slowly it comes: 256 MiB in an hour is 75 kB a second. */
const WHOLE_MS_MAX = 3_600_000;

export function uploadRoutes(app: App, context: ServerContext): void {
  const tags = TAGS.uploads;
  const { uploads, settings } = context;
  const represent = ({ id, name, bytes, sha256, createdAt, usedAtMs }: StoredUpload) => {
    return {
      id,
      name,
      bytes,
      sha256,
      createdAt,
      removedAfter: Math.round(usedAtMs) + settings.uploads.keepDays * DAY_MS,
    };
  };

  const listSchema = {
    tags,
    operationId: "listUploads",
    summary: "The caller's uploads, newest first",
    description: "Files that the caller sent, with their total size and the limits.",
    querystring: noQuery,
    response: answers({ 200: uploadPage }),
  };
  app.get("/api/uploads", { schema: listSchema }, async (request) => {
    const rows = await uploads.list(callerOf(request).id);
    const { bytesMax: fileBytesMax, ownerBytesMax: bytesMax } = settings.uploads;
    return {
      rows: rows.map(represent),
      bytes: rows.reduce((sum, { bytes }) => sum + bytes, 0),
      bytesMax,
      fileBytesMax,
    };
  });

  const removeSchema = {
    tags,
    operationId: "deleteUpload",
    summary: "Remove an upload",
    description: "409 while an unfinished run uses it.",
    params: uploadParams,
    querystring: noQuery,
    response: answers({ 204: nothing("It is gone.") }),
  };
  app.delete("/api/uploads/:uploadId", { schema: removeSchema }, async (request, reply) => {
    const found = await uploads.find(request.params.uploadId, ownerFor(request));
    const runIds = await runsThatNeed(context, found.path);
    if (runIds.length > 0) throw new UploadInUseError({ id: found.id, runIds });
    await uploads.remove(found);
    return reply.code(204).send();
  });

  // Apart from the other routes: here a body is never parsed.
  void app.register(async (scope) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser("*", (_request, payload, done) => done(null, payload));
    const sendSchema = {
      tags,
      operationId: "createUpload",
      summary: "Send a file",
      description:
        "The body is the file itself, of any media type except a form. Its name is in `x-filename` (percent-encoded if it is not ASCII) or in `name`. Sending the same file again returns 200 with the first upload.",
      consumes: ["application/octet-stream"],
      headers: uploadHeaders,
      body: uploadBody,
      querystring: uploadQuery,
      response: answers({ 200: upload, 201: upload }),
    };
    const options = { schema: sendSchema, config: { isUpload: true } };
    (scope as unknown as App).post("/api/uploads", options, async (request, reply) => {
      // Whatever is refused: the rest of the file is not waited for.
      void reply.header("connection", "close");
      checkBody(request, settings.uploads.bytesMax);
      const { socket } = request.raw;
      UPLOADING.add(socket);
      try {
        const { upload: made, isNew } = await uploads.receive(
          arriving(request.body as Readable, context.limits.arrivalMs),
          { owner: callerOf(request).id, name: nameOf(request, request.query.name) },
          settings.uploads,
        );
        void reply.removeHeader("connection");
        return reply
          .code(isNew ? 201 : 200)
          .header("location", `/api/uploads/${made.id}`)
          .send(represent(made));
      } finally {
        UPLOADING.delete(socket);
      }
    });
  });
}

/** An admin may use and remove anybody's. */
export const ownerFor = (request: FastifyRequest): string | null => {
  const { id, role } = callerOf(request);
  return role === "admin" ? null : id;
};

const malformed = (path: string, message: string) =>
  new RequestMalformedError({ subject: "the upload", issues: [{ path, message }] });

function checkBody(request: FastifyRequest, limitBytes: number): void {
  const { "content-type": type = "", "content-length": length } = request.headers;
  // A program's default for any body is application/x-www-form-urlencoded; a form with a file in it is multipart.
  if (/^multipart\//i.test(type)) {
    throw malformed("content-type", "forms are not accepted: send the file itself as the body");
  }
  if (Number(length ?? 0) > limitBytes) throw new UploadTooLargeError({ limitBytes });
  if (request.body === undefined || request.body === null) throw malformed("body", "it is empty, the file is expected");
}

function nameOf({ headers }: FastifyRequest, asked: string | undefined): string {
  const header = headers["x-filename"];
  const given = typeof header === "string" && header !== "" ? header : null;
  if (given === null) return asked ?? "";
  try {
    return decodeURIComponent(given);
  } catch {
    return given; // a percent sign that encodes nothing belongs to the name
  }
}

/** The file as it comes: who sends nothing for as long as any request may take is cut off. */
async function* arriving(body: Readable, idleMs: number): AsyncGenerator<Uint8Array> {
  const until = performance.now() + WHOLE_MS_MAX;
  const cut = () => void body.destroy(new RequestTimedOutError({ timeoutMs: idleMs }));
  let timer = setTimeout(cut, idleMs);
  let isEmpty = true;
  try {
    // Leaving the loop must not end the connection, on which the refusal is answered.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      clearTimeout(timer);
      if (performance.now() > until) throw new RequestTimedOutError({ timeoutMs: WHOLE_MS_MAX });
      timer = setTimeout(cut, idleMs);
      isEmpty = false;
      yield chunk as Uint8Array;
    }
    if (isEmpty) throw malformed("body", "it is empty, the file is expected");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ECONNRESET") throw error;
    throw malformed("", "it ended too early");
  } finally {
    clearTimeout(timer);
  }
}
