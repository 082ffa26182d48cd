/** The page as it is served: to everybody, with a policy that lets nothing foreign run, under whatever path it is mounted at. */
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../testing/world.fixture.js";
import { readBuiltPage } from "./built-page.js";

const HTML = `<!doctype html><html><head><!--holdfast--><script src="./theme.js"></script></head><body></body></html>`;
const SCRIPT = `console.log(${JSON.stringify("x".repeat(4_000))})`;

let folder: string;
let world: World;
let empty: World;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-page-"));
  await mkdir(join(folder, "assets"));
  await writeFile(join(folder, "index.html"), HTML);
  await writeFile(join(folder, "theme.js"), "1");
  await writeFile(join(folder, "manifest.json"), "{}");
  await writeFile(join(folder, "assets", "index-abc123.js"), SCRIPT);
  world = await openWorld({ pageFolder: folder });
  empty = await openWorld({ pageFolder: join(folder, "nowhere") });
});
afterAll(() => rm(folder, { recursive: true, force: true }));

const get = (path: string, headers: Record<string, string> = {}) => world.ask("GET", path, { as: "nobody", headers });

describe("the shell", () => {
  test("is served at every address of the page without a token, never kept, and holds nothing that needs one", async () => {
    for (const path of ["/", "/runs", "/runs/run-1/items?q=a", "/start/brief", "/system/audit", "/inbox"]) {
      const answer = await get(path);
      expect(answer.statusCode, path).toBe(200);
      expect(answer.headers).toMatchObject({ "cache-control": "no-store", "content-type": "text/html; charset=utf-8" });
      expect(answer.headers).toMatchObject({ "referrer-policy": "no-referrer", "x-content-type-options": "nosniff" });
    }
    expect((await world.ask("GET", "/api/runs", { as: "nobody" })).statusCode).toBe(401);
  });

  test("finds its assets from any depth, so that it works under any path", async () => {
    const bases = await Promise.all(
      ["/", "/runs", "/runs/", "/runs/run-1", "/runs/run-1/items"].map(
        async (path) => (await get(path)).body.match(/<base href="([^"]+)"/)?.[1],
      ),
    );
    expect(bases).toEqual(["./", "./", "../", "../", "../../"]);
    expect(new URL(bases[4] ?? "", "https://example.org/a/b/runs/run-1/items").pathname).toBe("/a/b/");
  });

  test("lets scripts of ours run and no other, and style elements with this answer's nonce", async () => {
    const [one, two] = [await get("/"), await get("/")];
    const policy = String(one.headers["content-security-policy"]);
    const nonce = one.body.match(/nonce="([\w-]{20,})"/)?.[1];
    expect(policy).toContain("script-src 'self';");
    expect(policy).toContain(`style-src-elem 'self' 'nonce-${nonce}'`);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toMatch(/unsafe-(eval|hashes)|script-src[^;]*unsafe|https?:|\*/);
    expect(two.headers["content-security-policy"]).not.toBe(policy);
    expect(one.body).not.toMatch(/<script>|style="| on\w+="/);
  });

  test("says what to do where the page was not built, and the API answers all the same", async () => {
    const answer = await empty.ask("GET", "/runs", { as: "nobody" });
    expect([answer.statusCode, answer.body]).toEqual([503, expect.stringContaining("npm run build")]);
    expect((await empty.ask("GET", "/api/runs")).statusCode).toBe(200);
    expect(await readBuiltPage(null)).toBeNull();
  });
});

describe("assets", () => {
  test("are kept for ever by their hashed names, smaller where that is taken", async () => {
    const plain = await get("/assets/index-abc123.js");
    expect([plain.statusCode, plain.body]).toEqual([200, SCRIPT]);
    expect(plain.headers["cache-control"]).toBe("public, max-age=31536000, immutable");
    const small = await get("/assets/index-abc123.js", { "accept-encoding": "br, gzip" });
    expect(small.headers["content-encoding"]).toBe("gzip");
    expect(small.rawPayload.length).toBeLessThan(SCRIPT.length / 10);
    const again = await get("/assets/index-abc123.js", { "if-none-match": String(plain.headers.etag) });
    expect([again.statusCode, again.body]).toEqual([304, ""]);
    expect((await get("/theme.js")).headers["cache-control"]).toBe("no-cache");
  });

  test("that are gone are 404, never the shell, and nothing outside the build is read", async () => {
    const others = ["/assets/index-old.js", "/assets/%2e%2e/manifest.json", "/assets/", "/icon.svg"];
    for (const path of others) expect((await get(path)).statusCode, path).toBe(404);
  });
});
