/** `npm run demo` itself: to its end, and ended in the middle. */
import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";

const DEMO = fileURLToPath(new URL("../../examples/demo/demo.mjs", import.meta.url));

async function startDemo(onText: (text: string, stop: () => void) => void = () => undefined) {
  const parent = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  const dataDir = join(parent, "data");
  const child = spawn(process.execPath, [DEMO, "--no-serve", `--data-dir=${dataDir}`]);
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
});

test("Ctrl-C ends both processes and removes what was written", async () => {
  const pids = new Set<number>();
  const { code, text, dataDir } = await startDemo((said, stop) => {
    for (const match of said.matchAll(/pid (\d+)/g)) pids.add(Number(match[1]));
    if (pids.size === 2) stop();
  });
  expect(code, text).toBe(130);
  expect(pids.size).toBe(2);
  for (const pid of pids) expect(existsSync(`/proc/${pid}`)).toBe(false);
  expect(existsSync(dataDir)).toBe(false);
});
