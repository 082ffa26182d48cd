/** Files over HTTP: sent whole or not at all, seen by who sent them alone, named in inputs, and removed when nobody needs them. */
import { createHash, randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readdir, readFile, utimes, writeFile } from "node:fs/promises";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { UploadStore } from "@holdfast/engine";
import { beforeAll, describe, expect, test, vi } from "vitest";
import { sweepUploads } from "../inputs/upload-sweep.js";
import { type Json, openWorld, reader, type World } from "../testing/world.fixture.js";

const DAY_MS = 86_400_000;
let world: World;
let now = Date.UTC(2026, 10, 29);

beforeAll(async () => {
  world = await openWorld({
    settings: { uploads: { bytesMax: 1_000, ownerBytesMax: 3_000, keepDays: 10 } },
    nowMs: () => now,
  });
});

const send = (name: string, content: string | Buffer, { as = "ann", type = "text/csv", ...more }: Json = {}) =>
  world.app.inject({
    method: "POST",
    url: more.url ?? "/api/uploads",
    headers: {
      host: "127.0.0.1:4680",
      authorization: `Bearer ${world.keys[as]}`,
      ...(type === null ? {} : { "content-type": type }),
      ...(name === "" ? {} : { "x-filename": name }),
    },
    payload: content,
  });
const list = async (as: string) => (await world.json(200, "GET", "/api/uploads", { as })).rows as Json[];
const sha256 = (content: string | Buffer) => createHash("sha256").update(content).digest("hex");
const filesIn = async (folder: string): Promise<string[]> =>
  (await readdir(folder, { recursive: true, withFileTypes: true }))
    .filter((one) => one.isFile())
    .map(({ name }) => name);

describe("a file that is sent", () => {
  test("is answered with its id, name, size and hash, and is there byte for byte, whatever its media type", async () => {
    const content = randomBytes(600);
    for (const type of ["application/octet-stream", "application/json", "text/plain", null]) {
      const answer = await send("leads.xlsx", content, { type });
      expect(answer.statusCode, answer.body).toBe(type === "application/octet-stream" ? 201 : 200);
      const { id, ...upload } = answer.json();
      expect(upload).toEqual({
        name: "leads.xlsx",
        bytes: 600,
        sha256: sha256(content),
        createdAt: now,
        removedAfter: now + 10 * DAY_MS,
      });
      expect(answer.headers.location).toBe(`/api/uploads/${id}`);
      const { path } = await world.context.uploads.find(id, "ann");
      expect(await readFile(path)).toEqual(content);
    }
    expect(await list("ann")).toHaveLength(1);
  });

  test("may arrive several times at once: each is answered with the same id, and it is there once", async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => send("twice.csv", "a,b", { as: "admin" })));
    expect(answers.map(({ statusCode }) => statusCode).filter((code) => code !== 200 && code !== 201)).toEqual([]);
    expect(new Set(answers.map((answer) => answer.json().id)).size).toBe(1);
    expect((await list("admin")).map(({ name }) => name)).toEqual(["twice.csv"]);
  });

  test("may be named in the query, and in any script", async () => {
    const encoded = await send(encodeURIComponent("Jäger & Søn 日本.csv"), "a");
    expect(encoded.json().name).toBe("Jäger & Søn 日本.csv");
    const asked = await send("", "a", { url: "/api/uploads?name=by-query.csv" });
    expect(asked.json().name).toBe("by-query.csv");
    const percent = await send("100%.csv", "a");
    expect(percent.json().name).toBe("100%.csv");
  });

  test.each([
    ["", "it is empty"],
    ["../../etc/passwd", "it names a folder"],
    ["..%2F..%2Fetc%2Fpasswd", "it names a folder"],
    ["a\\b.csv", "it names a folder"],
    ["/etc/passwd", "it names a folder"],
    ["..", "dot"],
    [".hidden", "dot"],
    ["a.csv.", "dot"],
    ["a%00.csv", "no file name may have"],
    ["a%0Ab.csv", "no file name may have"],
    ["a%E2%80%AEvsc.exe", "no file name may have"],
    ["c:a.csv", "no file name may have"],
    ["CON.csv", "device"],
    ["nul", "device"],
    ["upload.json", "taken by Holdfast"],
    [`${"x".repeat(250)}.csv`, "longer than 200 bytes"],
  ])("is refused under the name %j", async (name, words) => {
    const before = await filesIn(world.dataDir);
    const answer = await send(name, "a");
    expect(answer.statusCode).toBe(422);
    expect(answer.json()).toMatchObject({ code: "UPLOAD_NAME_INVALID", detail: expect.stringContaining(words) });
    expect(await filesIn(world.dataDir)).toEqual(before);
  });

  test("is no form, and not empty", async () => {
    const form = await send("a.csv", "--x--", { type: "multipart/form-data; boundary=x" });
    expect(form.statusCode).toBe(400);
    expect(form.body).toContain("send the file itself as the body");
    expect((await send("a.csv", "")).json()).toMatchObject({ code: "REQUEST_MALFORMED" });
  });

  test("over the limit of a file or of its owner is refused, and nothing is left of it", async () => {
    const before = await filesIn(join(world.dataDir, "uploads"));
    const large = await send("large.csv", "x".repeat(1_001), { as: "bob" });
    expect(large.statusCode).toBe(413);
    expect(large.json()).toMatchObject({ code: "UPLOAD_TOO_LARGE" });
    for (const name of ["1.csv", "2.csv", "3.csv"]) {
      expect((await send(name, name.padEnd(1_000, "y"), { as: "bob" })).statusCode).toBe(201);
    }
    const full = await send("4.csv", "z", { as: "bob" });
    expect(full.statusCode).toBe(409);
    expect(full.json()).toMatchObject({ code: "UPLOADS_FULL", detail: expect.stringContaining("3000 bytes") });
    // Others have room of their own, and what is removed makes room.
    expect((await send("other.csv", "z")).statusCode).toBe(201);
    const { rows, bytes, bytesMax, fileBytesMax } = await world.json(200, "GET", "/api/uploads", { as: "bob" });
    expect([bytes, bytesMax, fileBytesMax]).toEqual([3_000, 3_000, 1_000]);
    await world.json(204, "DELETE", `/api/uploads/${rows[0].id}`, { as: "bob" });
    expect((await send("4.csv", "z", { as: "bob" })).statusCode).toBe(201);
    const after = await filesIn(join(world.dataDir, "uploads"));
    expect(after.filter((name) => name.startsWith(".arriving"))).toEqual([]);
    expect(after.length).toBe(before.length + 2 * 4);
  });

  test("without a stated length is measured as it arrives", async () => {
    const store = new UploadStore(join(world.dataDir, "apart"), () => now);
    async function* endless() {
      for (;;) yield Buffer.alloc(100);
    }
    const of = { owner: "eve", name: "endless.csv" };
    await expect(store.receive(endless(), of, { bytesMax: 950, ownerBytesMax: 9_999 })).rejects.toMatchObject({
      code: "UPLOAD_TOO_LARGE",
    });
    await expect(store.receive(endless(), of, { bytesMax: 9_999, ownerBytesMax: 950 })).rejects.toMatchObject({
      code: "UPLOADS_FULL",
    });
    async function* broken() {
      yield Buffer.alloc(100);
      throw new Error("the line broke");
    }
    await expect(store.receive(broken(), of, { bytesMax: 950, ownerBytesMax: 950 })).rejects.toThrow("the line broke");
    expect(await filesIn(join(world.dataDir, "apart"))).toEqual([]);
    // What had arrived of those that broke off counts no longer.
    async function* whole() {
      yield Buffer.alloc(900);
    }
    expect((await store.receive(whole(), of, { bytesMax: 950, ownerBytesMax: 950 })).isNew).toBe(true);
  });
});

describe("another caller's upload", () => {
  test("does not exist: not in the list, not to remove, not as an input", async () => {
    const { id } = (await send("secret.csv", "s")).json();
    expect((await list("bob")).map((one) => one.id)).not.toContain(id);
    const none = "0".repeat(32);
    for (const one of [id, none, "..", "%2e%2e%2f", `${id}/..`]) {
      const answer = await world.ask("DELETE", `/api/uploads/${one}`, { as: "bob" });
      expect(answer.statusCode, one).toBe(404);
    }
    const start = (as: string, named: string) =>
      world.ask("POST", "/api/runs", { as, body: { workflow: "reader", input: { file: `upload:${named}` } } });
    const told = async (named: string) =>
      (await start("bob", named)).body.replaceAll(named, "").replace(/req-\w+/g, "");
    expect(await told(id)).toBe(await told(none));
    expect(JSON.parse(await told(id))).toMatchObject({
      code: "INPUT_PATH_REFUSED",
      errors: [{ pointer: "/input/file" }],
    });
    expect((await start("ann", id)).statusCode).toBe(201);
    // A viewer sends nothing.
    expect((await send("v.csv", "v", { as: "vic" })).statusCode).toBe(403);
    expect(await list("vic")).toEqual([]);
  });
});

describe("an input", () => {
  test("names an upload wherever it takes a path; the run records its place, which may be sent back", async () => {
    const { id } = (await send("in.csv", "a")).json();
    const { path } = await world.context.uploads.find(id, "ann");
    const file = `upload:${id}`;
    const run = await world.json(201, "POST", "/api/runs", {
      as: "ann",
      headers: { "idempotency-key": "with-upload" },
      body: { workflow: "reader", input: { file, more: [file, 3], title: file } },
    });
    // A field that is no path is text.
    expect(run.input).toEqual({ file: path, more: [path, 3], title: file });
    expect(path.endsWith("/in.csv")).toBe(true);
    const again = await world.json(200, "POST", "/api/runs", {
      as: "ann",
      headers: { "idempotency-key": "with-upload" },
      body: { workflow: "reader", input: { file, more: [file, 3], title: file } },
    });
    expect(again.id).toBe(run.id);
    await world.json(200, "PUT", `/api/runs/${run.id}`, { as: "ann", body: { action: "fail", reason: "x" } });
    const restarted = await world.json(200, "PUT", `/api/runs/${run.id}`, {
      as: "ann",
      body: { action: "restart", set: { file: path, more: [file] } },
    });
    expect(restarted.input).toMatchObject({ file: path, more: [path] });
    // The folder of uploads is no input folder: a path into it that was not recorded is refused.
    const other = await world.ask("POST", "/api/runs", {
      as: "bob",
      body: { workflow: "reader", input: { file: path } },
    });
    expect(other.json()).toMatchObject({ code: "INPUT_PATH_REFUSED" });
  });

  test("given to the library names one too: an owner's run takes the owner's alone", async () => {
    const { id } = (await send("lib.csv", "a")).json();
    const input = { file: `upload:${id}` };
    const { path } = await world.context.uploads.find(id, "ann");
    const inputOf = async (handle: { status: () => Promise<{ input: unknown }> }) => (await handle.status()).input;
    expect(await inputOf(await world.holdfast.start(reader, input))).toEqual({ file: path });
    expect(await inputOf(await world.holdfast.forOwner("ann").start(reader, input))).toEqual({ file: path });
    await expect(world.holdfast.forOwner("bob").start(reader, input)).rejects.toThrow(/file: there is no upload/);
  });
});

describe("an upload that nobody needs", () => {
  test("is removed after its days, counted from its last use, and never under a run that is not finished", async () => {
    const upload = async (name: string) => (await send(name, name)).json().id as string;
    const [unused, used, needed] = [await upload("unused.csv"), await upload("used.csv"), await upload("needed.csv")];
    const start = (id: string) =>
      world.json(201, "POST", "/api/runs", {
        as: "ann",
        body: { workflow: "reader", input: { file: `upload:${id}` } },
      });
    const run = await start(needed);
    now += 6 * DAY_MS;
    const finished = await start(used);
    await world.json(200, "PUT", `/api/runs/${finished.id}`, { as: "ann", body: { action: "cancel" } });
    now += 6 * DAY_MS;
    expect(await sweepUploads(world.context)).toBeGreaterThan(0);
    const left = (await list("ann")).map(({ id }) => id);
    expect(left).toContain(used);
    expect(left).toContain(needed);
    expect(left).not.toContain(unused);
    const refused = await world.ask("DELETE", `/api/uploads/${needed}`, { as: "ann" });
    expect(refused.statusCode).toBe(409);
    expect(refused.json()).toMatchObject({ code: "UPLOAD_IN_USE", detail: expect.stringContaining(run.id) });
    await world.json(200, "PUT", `/api/runs/${run.id}`, { as: "ann", body: { action: "cancel" } });
    await world.json(204, "DELETE", `/api/uploads/${needed}`, { as: "ann" });
    now += 11 * DAY_MS;
    await sweepUploads(world.context);
    expect((await list("ann")).map(({ id }) => id)).not.toContain(used);
  });

  test("and what a crash left half is no upload", async () => {
    const { id } = (await send("half.csv", "h")).json();
    const { path } = await world.context.uploads.find(id, "ann");
    const record = join(path, "..", "upload.json");
    const text = await readFile(record, "utf8");
    await writeFile(record, text.slice(0, 10));
    expect((await list("ann")).map((one) => one.id)).not.toContain(id);
    expect((await send("half.csv", "h")).json().id).toBe(id);
    await utimes(record, 1, 1);
    await mkdir(join(world.dataDir, "uploads", "stray"), { recursive: true });
    await sweepUploads(world.context);
    expect(existsSync(path)).toBe(false);
  });
});

describe("over a real connection", () => {
  let port = 0;
  let slow: World;
  beforeAll(async () => {
    slow = await openWorld({ limits: { arrivalMs: 400, checkMs: 50 } });
    await slow.app.listen({ port: 0, host: "127.0.0.1" });
    port = (slow.app.server.address() as AddressInfo).port;
    slow.context.site.listenOn(port);
  });
  const open = (headers: Record<string, string>): { asked: ClientRequest; answered: Promise<IncomingMessage> } => {
    const authorization = `Bearer ${slow.keys.ann}`;
    const asked = request({ port, method: "POST", path: "/api/uploads", headers: { authorization, ...headers } });
    const answered = new Promise<IncomingMessage>(
      (resolve, reject) => void asked.on("response", resolve).on("error", reject),
    );
    return { asked, answered };
  };
  const bodyOf = async (answer: IncomingMessage) => {
    let text = "";
    for await (const chunk of answer) text += chunk;
    return JSON.parse(text);
  };

  test("a file may take longer to arrive than any other request, as long as it comes", async () => {
    const { asked, answered } = open({ "x-filename": "slow.csv" });
    const from = performance.now();
    // One piece as soon as the one before has been written, until it has taken three times as long as a request may.
    await new Promise<void>((resolve) => {
      const more = () => {
        if (performance.now() - from > 1_200) resolve();
        else asked.write("0123456789", () => void fetch(`http://127.0.0.1:${port}/healthz`).then(more));
      };
      more();
    });
    asked.end();
    const answer = await answered;
    expect(answer.statusCode).toBe(201);
    expect((await bodyOf(answer)).bytes).toBeGreaterThan(20);
  });

  test("one that stops coming is cut off, and nothing is left of it", async () => {
    const { asked, answered } = open({ "x-filename": "stuck.csv" });
    asked.write("0123456789");
    await expect(answered).rejects.toThrow();
    expect((await slow.context.uploads.list("ann")).map(({ name }) => name)).not.toContain("stuck.csv");
    // Its connection is gone; the end of its file is told in a turn of its own.
    await vi.waitFor(async () =>
      expect((await filesIn(slow.dataDir)).filter((name) => name.startsWith(".arriving"))).toEqual([]),
    );
  });

  test("one that is announced as too large is refused before it is sent", async () => {
    const { asked, answered } = open({ "x-filename": "huge.csv", "content-length": String(10 * 1024 ** 3) });
    asked.flushHeaders();
    const answer = await answered;
    expect(answer.statusCode).toBe(413);
    expect(await bodyOf(answer)).toMatchObject({ code: "UPLOAD_TOO_LARGE" });
    asked.destroy();
  });
});
