/**
 * `npm run demo` itself: on a terminal with its page, as a new user sees it; without one, to its end; stopped in the middle.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { closePages, hasChromium, heading, inBrowser, newPage, seen, state } from "../browser/page.js";

const DEMO = fileURLToPath(new URL("../../examples/demo/demo.mjs", import.meta.url));

/** The second demo in this folder keeps the mails that the first has read. */
const twice = join(await mkdtemp(join(tmpdir(), "holdfast-demo-")), "data");
afterAll(() => rm(dirname(twice), { recursive: true, force: true }));

interface OnTerminal {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<number | null>;
}

/** Run by `script`, which gives it a terminal: Ctrl-C is a byte of its input. */
async function onTerminal(dataDir: string): Promise<OnTerminal> {
  const { CI: _, ...env } = process.env;
  const command = `stty cols 120 rows 40; exec ${process.execPath} ${DEMO} --port=0 --data-dir=${dataDir}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], { env });
  onTestFinished(async () => {
    child.stdin.end("\u0003");
    await ended;
  });
  let text = "";
  const waiting = new Set<() => void>();
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve, reject) => child.once("error", reject).once("close", resolve));
  const says = (pattern: RegExp) =>
    new Promise<RegExpMatchArray>((resolve, reject) => {
      const look = () => {
        const match = text.match(pattern);
        if (match === null) return;
        waiting.delete(look);
        resolve(match);
      };
      waiting.add(look);
      look();
      void ended.then((code) => reject(new Error(`ended (${code}) without ${pattern}:\n${text}`)));
    });
  return { child, said: () => text, says, ended };
}

async function startDemo(
  onText: (text: string, stop: () => void) => void = () => undefined,
  flags: readonly string[] = [],
  given: string | null = null,
) {
  const parent = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  const dataDir = given ?? join(parent, "data");
  const child = spawn(process.execPath, [DEMO, ...flags, `--data-dir=${dataDir}`]);
  onTestFinished(async () => {
    child.kill("SIGKILL");
    await rm(parent, { recursive: true, force: true });
  });
  let text = "";
  child.stdout.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
    onText(text, () => child.kill("SIGINT"));
  });
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    text += chunk;
  });
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject).once("close", resolve);
  });
  return { code, text, dataDir };
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  afterAll(closePages);

  test("the page shows the run stop and what is kept; resumed there it continues, and the page stays until Ctrl-C", async () => {
    const demo = await onTerminal(twice);
    const [address] = await demo.says(/http:\/\/127\.0\.0\.1:\d+\/#t=[\w-]{43}/);
    const { page, troubles } = await newPage();
    await page.goto(address);
    await seen(page.getByRole("link", { name: "run-energy-norway" }));
    const toast = page.getByRole("status", { name: "A run can go on" });
    await seen(toast.getByText(/Resume keeps \d+ stages/));
    await toast.getByRole("button", { name: "Resume", exact: true }).click();
    await demo.says(/Resumed in the page/);
    await seen(heading(page, "run-energy-norway"));
    await seen(state(page).getByText("Completed"));
    await demo.says(/The page stays: \S*http/);
    expect(demo.said()).toContain("Everything held.");
    expect((await page.goto(`${new URL(address).origin}/runs/run-mails`))?.status()).toBe(200);
    await seen(state(page).getByText("Completed"));
    demo.child.stdin?.write("\u0003");
    expect(await demo.ended).toBe(0);
    expect(demo.said()).toContain("The runs stay in");
    expect(existsSync(join(twice, "holdfast.db"))).toBe(true);
    await expect(fetch(new URL(address).origin)).rejects.toThrow();
    expect(troubles).toEqual([]);
  });
});

/** Without a terminal there is no page, and the demo ends by itself. */
test("kills a run and a map in their middle, resumes them, and proves that nothing finished was done twice", async () => {
  const { code, text } = await startDemo(undefined, [], twice);
  expect(code, text).toBe(0);
  expect(text).toMatch(/^kill -9 \d+$/m);
  expect(text).toMatch(/run-energy-norway .* dead$/m);
  expect(text).toMatch(/run-health-japan .* held$/m);
  expect(text).toMatch(/12,092 items, one result each/);
  expect(text).toMatch(/finished items repeated: 0$/m);
  expect(text.match(/✓/g)).toHaveLength(11);
  expect(text).not.toContain("✗");
  expect(text).toContain("Everything held.");
  expect(text).not.toContain("The page");
});

test("Ctrl-C ends all processes, the page's server among them, and removes what was written", async () => {
  const pids = new Set<number>();
  let address = "";
  const { code, text, dataDir } = await startDemo(
    (said, stop) => {
      address ||= said.match(/http:\/\/127\.0\.0\.1:\d+/)?.[0] ?? "";
      for (const match of said.matchAll(/pid (\d+)/g)) pids.add(Number(match[1]));
      if (pids.size === 2) stop();
    },
    ["--serve", "--port=0"],
  );
  expect(code, text).toBe(130);
  expect(pids.size).toBe(2);
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  await expect(fetch(address)).rejects.toThrow();
  expect(existsSync(dataDir)).toBe(false);
});

test("a port that is in use, and an invalid one, are each reported in one line", async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(0, "127.0.0.1", resolve));
  const { port } = other.address() as AddressInfo;
  const taken = await startDemo(undefined, ["--serve", `--port=${port}`]);
  other.close();
  expect([taken.code, taken.text]).toEqual([1, expect.stringMatching(/Port \d+ is taken\. Give another --port/)]);
  const odd = await startDemo(undefined, ["--serve", "--port=x"]);
  expect([odd.code, odd.text]).toEqual([2, expect.stringContaining('--port: 0 to 65535 is expected, "x" was given')]);
});
