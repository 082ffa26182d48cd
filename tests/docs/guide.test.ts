/**
 * The pages of docs/guide, followed as by a reader: files are written as they are shown, programs and commands run in
 * order in one folder per page, and their output is compared with the one that the page shows.
 *
 * In a page, a block with a name after its language (```ts nightly.ts) is a file. A block of TypeScript without a name
 * is a program, which is run at that point. A block of shell is run. A block of text after either is its output. The
 * programs of testing.md need a test runner: they are the tests in tests/testkit.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = join(ROOT, "docs/guide");
const BIN = join(ROOT, "node_modules/.bin");

interface Block {
  readonly language: string;
  readonly name: string;
  readonly text: string;
  readonly line: number;
}

function blocksOf(page: string): readonly Block[] {
  const whole = readFileSync(join(GUIDE, page), "utf8");
  return [...whole.matchAll(/^```(\w+)(?: (\S+))?\n([\s\S]*?)^```/gm)].map((match) => ({
    language: match[1] ?? "",
    name: match[2] ?? "",
    text: match[3] ?? "",
    line: whole.slice(0, match.index).split("\n").length,
  }));
}

/** Replaces what differs from run to run. */
const steady = (output: string) =>
  output
    .replace(/run-\d{8}-\d{6}-\w+/g, "run-…")
    .replace(/\b\d{4}-\d{2}-\d{2}(T| )?[\d:.]*Z?/g, "<time>")
    .replace(/\b\d+(\.\d+)? m?s( ago)?\b|\bnow\b/g, "<time>")
    .replace(/ +/g, " ")
    .replace(/ $/gm, "")
    .trim();

async function runCommand(command: string, folder: string): Promise<string> {
  const env = { ...process.env, PATH: `${BIN}:${process.env.PATH}`, NO_COLOR: "1", CI: "" };
  // `npx` finds the same programs, but takes half a second longer.
  const shell = spawn("bash", ["-c", command.replaceAll("npx ", "")], { cwd: folder, env });
  const [output, errors] = await Promise.all([text(shell.stdout), text(shell.stderr), once(shell, "close")]);
  return shell.exitCode === 0 || output !== "" ? output : `${output}${errors}`;
}

async function follow(page: string): Promise<{ readonly ran: number; readonly compared: number }> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-guide-"));
  let [ran, compared] = [0, 0];
  let printed: string | null = null;
  try {
    await symlink(join(ROOT, "node_modules"), join(folder, "node_modules"));
    for (const { language, name, text: body, line } of blocksOf(page)) {
      const place = `${page}:${line}`;
      if (language === "text") {
        if (printed !== null) expect(steady(printed), place).toBe(steady(body));
        if (printed !== null) compared++;
        printed = null;
        continue;
      }
      printed = null;
      if (name !== "") await writeFile(join(folder, name), body);
      else if (language === "ts") {
        await writeFile(join(folder, `line-${line}.ts`), body);
        const quoted = `jiti line-${line}.ts; echo "exit $?"`;
        printed = (await runCommand(quoted, folder)).replace(/exit 0\n$/, "");
        expect(printed, place).not.toMatch(/^exit \d+$/m);
        ran++;
      } else if (language === "sh") {
        printed = await runCommand(body, folder);
        ran++;
      }
    }
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return { ran, compared };
}

const pages = readdirSync(GUIDE).filter((name) => name.endsWith(".md") && name !== "testing.md");
/** Pages whose programs print nothing: reference pages, and pages whose programs need the reader's own setup. */
const SILENT = ["defaults.md", "money.md", "retries-and-errors.md"];

test.concurrent.each(pages)("the programs and commands of %s do what it shows", async (page) => {
  const { ran, compared } = await follow(page);
  if (page !== "defaults.md") expect(ran).toBeGreaterThan(0);
  if (!SILENT.includes(page)) expect(compared).toBeGreaterThan(0);
});
