/**
 * `npm run demo` on a terminal, as a new user sees it: the page is open beside it, the run stops, and is resumed in the
 * page.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { closeBrowser, hasChromium, heading, inBrowser, newPage, seen, state } from "../browser/page.js";

const DEMO = fileURLToPath(new URL("../../examples/demo/demo.mjs", import.meta.url));

interface OnTerminal {
  readonly child: ChildProcess;
  readonly dataDir: string;
  readonly said: () => string;
  readonly says: (pattern: RegExp) => Promise<RegExpMatchArray>;
  readonly ended: Promise<number | null>;
}

/** Run by `script`, which gives it a terminal: Ctrl-C is a byte of its input. */
async function onTerminal(): Promise<OnTerminal> {
  const parent = await mkdtemp(join(tmpdir(), "holdfast-demo-"));
  const dataDir = join(parent, "data");
  const { CI: _, ...env } = process.env;
  const command = `stty cols 120 rows 40; exec ${process.execPath} ${DEMO} --port=0 --data-dir=${dataDir}`;
  const child = spawn("script", ["-qefc", command, "/dev/null"], { env });
  onTestFinished(async () => {
    child.stdin.end("\u0003");
    await ended;
    await rm(parent, { recursive: true, force: true });
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
  return { child, dataDir, said: () => text, says, ended };
}

describe.skipIf(!hasChromium)(inBrowser, () => {
  afterAll(closeBrowser);

  test("the page shows the run stop and what is kept; resumed there it continues, and the page stays until Ctrl-C", async () => {
    const demo = await onTerminal();
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
    expect(existsSync(join(demo.dataDir, "holdfast.db"))).toBe(true);
    await expect(fetch(new URL(address).origin)).rejects.toThrow();
    expect(troubles).toEqual([]);
  });
});
