/** `npm run demo` itself: run to its end, and stopped in the middle. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { type AddressInfo, createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const DEMO = fileURLToPath(new URL("../../examples/demo/demo.mjs", import.meta.url));

async function startDemo(
  onText: (text: string, stop: () => void) => void = () => undefined,
  flags: readonly string[] = [],
) {
  const parent = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  const dataDir = join(parent, "data");
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

/** Without a terminal there is no page, and the demo ends by itself. */
test("kills a run and a map in their middle, resumes them, and proves that nothing finished was done twice", async () => {
  const { code, text } = await startDemo();
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
