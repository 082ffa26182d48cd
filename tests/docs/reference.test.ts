import { readFile } from "node:fs/promises";
import { ERROR_SPECS, type ErrorSpec, EXIT } from "holdfast";
import { describe, expect, test } from "vitest";
import { visibleCommands } from "../../packages/holdfast/src/cli/catalogue.js";
import { environmentName, SETTING_NAMES } from "../../packages/holdfast/src/config.js";

const page = (name: string) => readFile(new URL(`../../docs/${name}`, import.meta.url), "utf8");

describe("docs/errors.md", () => {
  test("has one section per error code, sorted, and none that is stale", async () => {
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
  });
});
