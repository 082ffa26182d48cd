import { mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkUploadName, UploadStore } from "./upload-store.js";

const LIMITS = { bytesMax: 10, ownerBytesMax: 25 };
let root: string;
let storeCount = 0;

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "holdfast-uploads-"));
});
afterAll(() => rm(root, { recursive: true }));

function newStore() {
  const clock = { atMs: 1_700_000_000_000 };
  const store = new UploadStore(join(root, String(++storeCount)), () => clock.atMs);
  const receive = (owner: string, name: string, ...chunks: string[]) =>
    store.receive(
      (async function* () {
        for (const chunk of chunks) yield Buffer.from(chunk);
      })(),
      { owner, name },
      LIMITS,
    );
  return { clock, store, receive };
}

const filesIn = async (path: string) =>
  (await readdir(path, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile());

describe("uploads", () => {
  test("arrive whole, read-only, and are there once however often they are sent", async () => {
    const { clock, store, receive } = newStore();
    const first = await receive("ada", "a.csv", "one", "two");
    expect(first).toMatchObject({
      isNew: true,
      upload: { name: "a.csv", bytes: 6, owner: "ada", createdAt: clock.atMs },
    });
    expect(await readFile(first.upload.path, "utf8")).toBe("onetwo");
    expect((await stat(first.upload.path)).mode & 0o222).toBe(0);
    clock.atMs += 5_000;
    const again = await receive("ada", "a.csv", "onetwo");
    expect(again).toMatchObject({ isNew: false, upload: { id: first.upload.id, usedAtMs: clock.atMs } });
    clock.atMs += 1;
    const renamed = await receive("ada", "b.csv", "onetwo");
    expect(renamed.isNew).toBe(true);
    expect((await store.list("ada")).map(({ name }) => name)).toEqual(["b.csv", "a.csv"]);
  });

  test("are their owner's alone", async () => {
    const { store, receive } = newStore();
    const { upload } = await receive("ada", "a.csv", "x");
    const other = await receive("bob", "a.csv", "x");
    expect(other.upload.id).not.toBe(upload.id);
    await expect(store.find(upload.id, "bob")).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
    expect([(await store.find(upload.id, "ada")).id, (await store.find(upload.id, null)).id]).toEqual([
      upload.id,
      upload.id,
    ]);
    expect((await store.listAll()).map(({ owner }) => owner).sort()).toEqual(["ada", "bob"]);
    await expect(store.find("../../etc", null)).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
  });

  test("that are too large, or too many bytes for their owner, leave nothing behind", async () => {
    const { store, receive } = newStore();
    await expect(receive("ada", "a.csv", "12345", "678901")).rejects.toMatchObject({ code: "UPLOAD_TOO_LARGE" });
    expect(await filesIn(join(root, String(storeCount)))).toEqual([]);
    for (const name of ["a", "b"]) await receive("ada", name, "1234567890");
    await expect(receive("ada", "c", "123456")).rejects.toMatchObject({ code: "UPLOADS_FULL" });
    await receive("ada", "d", "12345");
    await receive("bob", "c", "123456");
    expect((await store.list("ada")).map(({ name }) => name).sort()).toEqual(["a", "b", "d"]);
  });

  test("that were refused give nobody room", async () => {
    const { receive } = newStore();
    for (let time = 0; time < 5; time++) {
      await expect(receive("ada", "large", "1", "2345678901")).rejects.toMatchObject({ code: "UPLOAD_TOO_LARGE" });
    }
    for (const name of ["a", "b"]) await receive("ada", name, "1234567890");
    await expect(receive("ada", "c", "123456")).rejects.toMatchObject({ code: "UPLOADS_FULL" });
  });

  test("that arrive at the same time count before they are there", async () => {
    const { store, receive } = newStore();
    // The last chunk of the third arrives when the others have been placed, and its list was read before.
    const others = Promise.all(["a", "b"].map((name) => receive("ada", name, "1234567890")));
    const third = store.receive(
      (async function* () {
        await others;
        yield Buffer.from("123456");
      })(),
      { owner: "ada", name: "c" },
      LIMITS,
    );
    await expect(third).rejects.toMatchObject({ code: "UPLOADS_FULL" });
    // What was refused gave its bytes back.
    expect(await receive("ada", "d", "12345")).toMatchObject({ isNew: true });
  });

  test("begin their time anew when a run names them, and are gone once removed or half removed", async () => {
    const { clock, store, receive } = newStore();
    const { upload } = await receive("ada", "a.csv", "x");
    clock.atMs += 60_000;
    await store.use(upload.id, "ada");
    expect((await store.find(upload.id, "ada")).usedAtMs).toBe(clock.atMs);
    await store.remove(upload);
    await expect(store.find(upload.id, "ada")).rejects.toMatchObject({ code: "UPLOAD_NOT_FOUND" });
    const half = (await receive("ada", "b.csv", "x")).upload;
    await writeFile(join(dirname(half.path), "upload.json"), "{");
    expect(await store.list("ada")).toEqual([]);
  });
});

test.each([
  ["", "empty"],
  ["a".repeat(201), "longer"],
  ["a/b", "folder"],
  ["a\\b", "folder"],
  ["a\u202eb", "sign"],
  ["a\nb", "sign"],
  [".hidden", "begins or ends"],
  ["a ", "begins or ends"],
  ["NUL.txt", "device"],
  ["Upload.json", "taken"],
])("an upload may not be named %j", (name, says) => {
  expect(() => checkUploadName(name)).toThrow(says);
});

test("an upload may have any name that every system can have", () => {
  for (const name of ["a.csv", "Ä b.xlsx", "nullable.txt", "a".repeat(200)]) checkUploadName(name);
});
