/** Object storage that fails: each trouble with its cure, uploads whole or absent, downloads continued or refused. */
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { buffer } from "node:stream/consumers";
import type { RunId } from "@holdfast/core";
import { systemClock } from "@holdfast/engine";
import { type ObjectFault, type ObjectRequest, type ObjectStorage, startObjectStorage } from "@holdfast/testkit";
import { sampleBytes } from "@holdfast/testkit/contract";
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { openS3Artifacts } from "./index.js";

const DAY_MS = 24 * 3_600_000;
const PART_BYTES = 10_000;
const place = { runId: "run-tides" as RunId, stage: "draft", attempt: 1 };
const bytes = sampleBytes(3 * PART_BYTES + 5);

let server: ObjectStorage;
let dataDir: string;
let shiftMs = 0;

beforeAll(async () => {
  dataDir = mkdtempSync(join(tmpdir(), "holdfast-artifacts-"));
  server = await startObjectStorage({ partBytesMin: 1_000, nowMs: () => systemClock.nowMs() + shiftMs });
  for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
});
afterEach(() => {
  server.onRequest = () => undefined;
  shiftMs = 0;
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await server.close();
  await rm(dataDir, { recursive: true, force: true });
});

const open = (change: { readonly bucket?: string; readonly parameters?: string; readonly endpoint?: string } = {}) => {
  const { bucket = "holdfast", parameters = "", endpoint = server.url } = change;
  return openS3Artifacts({ url: `s3://${bucket}/p?endpoint=${endpoint}${parameters}`, dataDir, partBytes: PART_BYTES });
};
const unreachable = (text: RegExp) =>
  expect.objectContaining({ code: "STORE_UNREACHABLE", message: expect.stringMatching(text) });
/** The fault for the requests that fit, the first `count` of them. */
const failing = (fault: ObjectFault, fits: (request: ObjectRequest) => boolean, count = Number.POSITIVE_INFINITY) => {
  let left = count;
  server.onRequest = (request) => (fits(request) && left-- > 0 ? fault : undefined);
};
const isPut = ({ method }: ObjectRequest) => method === "PUT";
const isGet = ({ method, key }: ObjectRequest) => method === "GET" && key !== "";

describe("trouble that is there from the beginning is told with its cure", () => {
  test("a server that does not answer, an unknown host, a missing bucket", async () => {
    const nobody = await open({ endpoint: "http://127.0.0.1:9" });
    await expect(nobody.check()).rejects.toEqual(unreachable(/nothing answers at http:\/\/127\.0\.0\.1:9.*endpoint=/));
    const unknown = await open({ endpoint: "http://no-such-host.invalid" });
    await expect(unknown.check()).rejects.toEqual(unreachable(/is not known.*endpoint=/));
    const missing = await open({ bucket: "no-such-bucket" });
    await expect(missing.check()).rejects.toEqual(unreachable(/there is no bucket no-such-bucket.*create it/));
  });

  test("an unknown access key, and a wrong secret, which is never told", async () => {
    vi.stubEnv("AWS_SECRET_ACCESS_KEY", "not-the-secret");
    await expect((await open()).check()).rejects.toEqual(unreachable(/secret key is wrong.*AWS_SECRET_ACCESS_KEY/));
    await expect((await open()).check()).rejects.not.toThrow("not-the-secret");
    vi.stubEnv("AWS_ACCESS_KEY_ID", "AKIAOTHER");
    await expect((await open()).check()).rejects.toEqual(unreachable(/access key is unknown.*AWS_ACCESS_KEY_ID/));
    for (const [name, value] of Object.entries(server.env)) vi.stubEnv(name, value);
  });

  test("a key that may read and not write, and a full server", async () => {
    const store = await open();
    failing(403, isPut);
    await expect(store.write(place, "a.txt", "a")).rejects.toMatchObject({
      code: "STORE_READONLY",
      message: expect.stringContaining("s3:PutObject"),
    });
    failing(507, isPut);
    await expect(store.write(place, "a.txt", "a")).rejects.toMatchObject({ code: "STORE_FULL" });
  });

  test.each([
    ["s3:/holdfast", /s3:\/\/<bucket>\/<prefix> is expected/],
    ["s3://key:secret@holdfast/p", /must not hold keys/],
    ["s3://UPPER/p", /lowercase/],
    ["s3://holdfast/../other", /without '\.\.'/],
    ["s3://holdfast?endpont=http://a", /did you mean "endpoint"/],
    ["s3://holdfast?endpoint=storage.example.com", /endpoint is a URL/],
    ["s3://holdfast?timeoutMs=fast", /timeoutMs/],
  ])("the address %s is refused", async (url, text) => {
    const refused = openS3Artifacts({ url, dataDir });
    await expect(refused).rejects.toMatchObject({ code: "WRONG_USE", message: expect.stringMatching(text) });
    await expect(refused).rejects.not.toThrow("secret@");
  });
});

describe("uploads are whole or absent", () => {
  test.each<[ObjectFault]>([[503], [500], ["refuse"], ["lose"]])(
    "%s is tried again until it is there",
    async (fault) => {
      const store = await open();
      failing(fault, isPut, 2);
      const file = await store.write(place, "again.txt", `again ${fault}`);
      expect(Buffer.from(await store.read(place, file)).toString()).toBe(`again ${fault}`);
    },
  );

  test("a server that stays overloaded, or does not answer, is named; nothing is there", async () => {
    const store = await open({ parameters: "&timeoutMs=150" });
    const before = server.keys();
    failing(503, isPut);
    await expect(store.write(place, "busy.txt", "busy")).rejects.toEqual(unreachable(/503.*after 5 tries/));
    failing("hang", isPut);
    await expect(store.write(place, "slow.txt", "slow")).rejects.toEqual(unreachable(/did not answer in time/));
    expect(server.keys()).toEqual(before);
  });

  test("a part that fails once is sent again; one that fails for good leaves no part behind", async () => {
    const store = await open();
    const isThird = ({ query }: ObjectRequest) => query.get("partNumber") === "3";
    failing(500, isThird);
    const before = server.keys();
    await expect(store.write(place, "parts.bin", bytes)).rejects.toEqual(unreachable(/500/));
    expect([server.keys(), server.uploads()]).toEqual([before, []]);
    failing("refuse", isThird, 1);
    const file = await store.write(place, "parts.bin", bytes);
    expect(server.bytes(`p/run-tides/${file.sha256}`)?.equals(bytes)).toBe(true);
  });

  test.each<[ObjectFault, Buffer]>([
    ["drop", sampleBytes(900)],
    ["corrupt", sampleBytes(1_000)],
    ["drop", sampleBytes(25_000)],
    ["corrupt", sampleBytes(35_000)],
  ])("a server that takes a file and keeps another (%s) is found out, and the file is removed", async (fault, data) => {
    const store = await open();
    const before = server.keys();
    failing(fault, isPut, 1);
    await expect(store.write(place, "lost.bin", data)).rejects.toEqual(
      unreachable(/not what was sent.*|400|InvalidPart/),
    );
    expect([server.keys(), server.uploads()]).toEqual([before, []]);
  });

  test("parts of a process that was killed are swept after a day, and those of a removed run with it", async () => {
    const store = await open();
    server.begin("p/run-tides/young");
    shiftMs = -2 * DAY_MS;
    server.begin("p/run-ebbs/old");
    server.begin("elsewhere/old");
    await store.sweep();
    expect(server.uploads()).toHaveLength(2);
    await store.deleteRun(place.runId);
    expect(server.uploads()).toHaveLength(1);
  });
});

describe("downloads", () => {
  test("a connection that is cut in the middle is continued where it ended, also within a part", async () => {
    const store = await open();
    const file = await store.write(place, "cut.bin", bytes);
    failing("cut", isGet, 3);
    expect(Buffer.from(await store.read(place, file)).equals(bytes)).toBe(true);
    failing("cut", isGet, 2);
    const part = await buffer(await store.open(place, file, { start: 100, end: 20_000 }));
    expect(part.equals(bytes.subarray(100, 20_001))).toBe(true);
  });

  test("one that cannot be continued fails and is told; by path nothing half-written is left", async () => {
    const store = await open();
    const file = await store.write(place, "gone.bin", bytes);
    let count = 0;
    server.onRequest = (request) => (isGet(request) ? (count++ === 0 ? "cut" : "refuse") : undefined);
    await expect(store.read(place, file)).rejects.toEqual(unreachable(/cut/));
    count = 0;
    await expect(store.locate(place, file)).rejects.toEqual(unreachable(/cut/));
    server.onRequest = () => undefined;
    await expect(store.locate(place, file)).resolves.toContain("gone.bin");
  });

  test("a file that somebody changed is refused, and its last bytes are never given out", async () => {
    const store = await open();
    const file = await store.write(place, "changed.bin", bytes);
    const key = `p/run-tides/${file.sha256}`;
    server.put(key, Buffer.alloc(bytes.length, "x"));
    const given: Buffer[] = [];
    const reading = (async () => {
      for await (const chunk of await store.open(place, file)) given.push(chunk as Buffer);
    })();
    await expect(reading).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
    expect(Buffer.concat(given).length).toBeLessThan(bytes.length);
    server.put(key, Buffer.alloc(12));
    await expect(store.open(place, file)).rejects.toMatchObject({ code: "ARTIFACT_CHANGED" });
    server.put(key, null);
    await expect(store.open(place, file)).rejects.toMatchObject({ code: "ARTIFACT_MISSING" });
  });

  test("200 that are broken off hold no connection: the next ones work", async () => {
    const store = await open();
    const large = await store.write(place, "large.bin", sampleBytes(150_000));
    for (let round = 0; round < 4; round++) {
      const streams = await Promise.all(Array.from({ length: 50 }, () => store.open(place, large)));
      for (const [index, stream] of streams.entries()) {
        if (index % 2 === 0) await stream[Symbol.asyncIterator]().next();
        stream.destroy();
      }
    }
    const ten = await Promise.all(Array.from({ length: 10 }, () => store.read(place, large)));
    expect(ten.every(({ length }) => length === 150_000)).toBe(true);
  });

  test("links are signed for the public name only, and none is given without one", async () => {
    const terms = { type: "text/plain", disposition: 'attachment; filename="a.txt"' };
    const inside = await open();
    const file = await inside.write(place, "a.txt", "through a link");
    expect(await inside.link(place, file, terms)).toBeNull();
    const outside = await open({ parameters: `&publicEndpoint=${server.url.replace("127.0.0.1", "localhost")}` });
    const link = (await outside.link(place, file, terms)) ?? "";
    expect(link).toMatch(/^http:\/\/localhost:/);
    const answer = await fetch(link);
    expect([answer.status, answer.headers.get("content-disposition"), await answer.text()]).toEqual([
      200,
      terms.disposition,
      "through a link",
    ]);
    shiftMs = 6 * 60_000;
    expect((await fetch(link)).status).toBe(403);
  });
});
