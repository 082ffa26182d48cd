import { readFile } from "node:fs/promises";
import { type ErrorSpec, EXIT } from "@holdfast/core";
import { ERROR_SPECS } from "holdfast";
import { describe, expect, test } from "vitest";
import { parseArgs } from "../../packages/holdfast/src/cli/args.js";
import {
  findCommand,
  GLOBAL_OPTIONS,
  visibleCommands,
} from "../../packages/holdfast/src/cli/command-line/catalogue.js";
import { MANAGE_COMMANDS } from "../../packages/holdfast/src/cli/command-line/catalogue-manage.js";
import { environmentName, SETTING_NAMES } from "../../packages/holdfast/src/config.js";
import { RETENTION_VARIABLES } from "../../packages/holdfast/src/retention-settings.js";

const page = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

describe("docs/errors.md", () => {
  test("has one section per error code, sorted, and no outdated one", async () => {
    const headings = [...(await page("errors.md")).matchAll(/^## (.+)$/gm)].map((match) => match[1]);
    expect(headings).toEqual(Object.keys(ERROR_SPECS).sort());
  });

  test("says the title, exit code and HTTP status of the table", async () => {
    const text = await page("errors.md");
    for (const [code, spec] of Object.entries<ErrorSpec>(ERROR_SPECS)) {
      const later = spec.isRetryable ? "; the same call may succeed later" : "";
      const facts = `${spec.title}. Exit code ${spec.exitCode}, HTTP ${spec.httpStatus}${later}.`;
      expect(text, code).toContain(`## ${code}\n\n${facts}\n`);
    }
  });
});

describe("docs/cli.md", () => {
  test("names every command", async () => {
    const text = await page("cli.md");
    for (const { name } of visibleCommands()) expect(text).toMatch(new RegExp(`\`${name}[\` ]`));
  });

  test("names every exit code, setting and variable", async () => {
    const text = await page("cli.md");
    const rows = [...text.matchAll(/^\| ([\d, ]+) \|/gm)].flatMap((match) => (match[1] ?? "").split(", ").map(Number));
    expect(rows).toEqual(Object.values(EXIT));
    for (const name of SETTING_NAMES) expect(text).toContain(`| \`${name}\` | \`${environmentName(name)}\` |`);
    for (const name of Object.values(RETENTION_VARIABLES)) expect(text).toContain(`\`${name}\``);
  });

  test("shows every option of run management", async () => {
    const text = await page("cli.md");
    for (const { options } of MANAGE_COMMANDS)
      for (const { name } of options) expect(text).toMatch(new RegExp(`--${name}\\b`));
  });
});

test("every command shown in docs/operations.md is one, with words and options that it has", async () => {
  const blocks = [...(await page("operations.md")).matchAll(/```sh\n([\s\S]*?)```/g)].map((match) => match[1] ?? "");
  const shown = blocks.flatMap((block) => block.split("\n").filter((line) => line.startsWith("holdfast ")));
  const used = shown.map((line) => {
    const [, ...words] = (line.match(/"[^"]*"|[^\s"]+(?:"[^"]*")?/g) ?? []).map((word) => word.replaceAll('"', ""));
    const found = findCommand(words);
    if (found === null) throw new Error(`no such command: ${line}`);
    const { spec, wordCount } = found;
    const tokens = words.slice(wordCount);
    const { positionals } = parseArgs(spec.respell?.(tokens) ?? tokens, [...spec.options, ...GLOBAL_OPTIONS]);
    const wordsMax = spec.positionals.some((one) => one.isRepeated)
      ? Number.POSITIVE_INFINITY
      : spec.positionals.length;
    expect(positionals.length, line).toBeLessThanOrEqual(wordsMax);
    return spec.name;
  });
  expect(used).toEqual(expect.arrayContaining(MANAGE_COMMANDS.map(({ name }) => name)));
});
