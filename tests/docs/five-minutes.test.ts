/**
 * docs/guide/five-minutes.md for a reader without the repository: the packages as they are packed, in an empty folder.
 * guide.test.ts follows what the page does with the run; this test covers what a checkout hides: what the packages
 * contain.
 */
import { execFile, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PAGE = readFileSync(join(ROOT, "docs/guide/five-minutes.md"), "utf8");
const execute = promisify(execFile);

/** A block of the page, found by the name behind its language. */
function block(name: string): string {
  const body = PAGE.match(new RegExp(`^\`\`\`\\w+ ${name.replaceAll(".", "\\.")}\\n([\\s\\S]*?)^\`\`\``, "m"))?.[1];
  if (body === undefined) throw new Error(`the page has no block ${name}`);
  return body;
}

let folder: string;
const env = {
  ...process.env,
  NO_COLOR: "1",
  CI: "",
  HOLDFAST_SERVER_PORT: "0",
  BROWSER: "",
  DISPLAY: "",
  WAYLAND_DISPLAY: "",
};
const shell = (command: string, cwd = folder) => execute("bash", ["-ec", command], { cwd, env });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "holdfast-five-"));
  const packs = join(folder, "packages");
  await shell(block("in-the-checkout").replaceAll("/tmp/holdfast-packages", packs), ROOT);
  // What `npm install` would do, without a registry: each package as it is packed, its dependencies from the
  // repository.
  const modules = join(folder, "node_modules");
  await mkdir(join(modules, "@holdfast"), { recursive: true });
  for (const name of await readdir(join(ROOT, "node_modules"))) {
    if (!["@holdfast", "holdfast", ".bin"].includes(name))
      await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const pack of await readdir(packs)) {
    const name = pack.replace(/-\d+\.\d+\.\d+\.tgz$/, "");
    const place = join(modules, name === "holdfast" ? name : name.replace("holdfast-", "@holdfast/"));
    await mkdir(place, { recursive: true });
    await execute("tar", ["-xzf", join(packs, pack), "-C", place, "--strip-components=1"]);
  }
  await mkdir(join(modules, ".bin"));
  await symlink("../holdfast/bin/holdfast.mjs", join(modules, ".bin/holdfast"));
  // The example's work takes nine seconds so that a reader can watch it.
  await writeFile(join(folder, "holdfast.config.ts"), block("holdfast.config.ts").replace("3_000", "30"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The first terminal: runs the page's command until `look` has resolved. */
async function whileServed(look: (said: string) => Promise<void>): Promise<void> {
  const server = spawn("bash", ["-c", `exec ${block("terminal-1").trim()}`], { cwd: folder, env, detached: true });
  const ended = new Promise((resolve) => server.once("close", resolve));
  try {
    let said = "";
    await new Promise<void>((resolve, reject) => {
      const hear = (text: Buffer) => {
        said += text;
        if (/Press Ctrl-C to stop/.test(said) && /Holdfast at/.test(said)) resolve();
      };
      server.stdout.on("data", hear);
      server.stderr.on("data", hear);
      void ended.then(() => reject(new Error(`it ended:\n${said}`)));
    });
    await look(said);
  } finally {
    // One that has ended by itself has no group any more, and what it said is what must be told.
    if (server.pid !== undefined && server.exitCode === null) process.kill(-server.pid, "SIGKILL");
    await ended;
  }
}

test("the packed packages serve the page, start the run, and find its address", async () => {
  await whileServed(async (said) => {
    const address = said.match(/Holdfast at (http:\S+)\/#t=[\w-]{43}/)?.[1];
    const page = await (await fetch(`${address}/runs`)).text();
    expect(page).toContain('<div id="root">');
    const script = page.match(/src="\.\/(assets\/[^"]+\.js)"/)?.[1];
    expect((await fetch(`${address}/${script}`)).status).toBe(200);
    expect((await shell(block("terminal-2"))).stdout).toContain('{"text":"Dear Ada"}');
    expect(readFileSync(join(folder, "journal.txt"), "utf8")).toBe("drafted\nchecked\nsent\n");
    expect((await shell("npx holdfast show first --url")).stdout).toBe(`${address}/runs/first\n`);
    expect((await shell("npx holdfast open")).stdout).toMatch(/^http:\S+\/#t=[\w-]{43}\n$/);
  });
});

test("without the page's files the server says so in a line, and answers all the same", async () => {
  await rm(join(folder, "node_modules/@holdfast/dashboard/dist"), { recursive: true });
  await whileServed(async (said) => {
    expect(said).toContain("The page has not been built, so only the API is available.");
    const address = said.match(/Holdfast at (http:\S+)\/#t=/)?.[1];
    expect((await fetch(`${address}/healthz`)).status).toBe(200);
    expect((await fetch(`${address}/runs`)).status).toBe(503);
  });
});
