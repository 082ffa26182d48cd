/** Pages that repeat what the code says, compared with the code; and links, which must lead somewhere. */
import { existsSync, readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { RUN_MOVES } from "@holdfast/core";
import { RUN_EVENT_TYPES, RUN_STATUSES } from "holdfast";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const page = (name: string) => readFile(join(ROOT, name), "utf8");
const PAGES = [
  "README.md",
  "ARCHITECTURE.md",
  "CONTRIBUTING.md",
  "CHANGELOG.md",
  ...["docs", "docs/adr", "docs/guide"].flatMap((folder) =>
    readdirSync(join(ROOT, folder))
      .filter((name) => name.endsWith(".md"))
      .map((name) => `${folder}/${name}`),
  ),
];

test("docs/state-machine.md has exactly the legal moves", async () => {
  const rows = [...(await page("docs/state-machine.md")).matchAll(/^\| (\w+) \| (\w+) \| .+ \|$/gm)];
  const told = rows.map(([, from, to]) => `${from} → ${to}`).filter((move) => !move.startsWith("from"));
  const legal = RUN_STATUSES.flatMap((from) => RUN_MOVES[from].map((to) => `${from} → ${to}`));
  expect([...told].sort()).toEqual([...legal].sort());
});

test("ARCHITECTURE.md names every type of event, and is short enough to be read", async () => {
  const text = await page("ARCHITECTURE.md");
  for (const type of RUN_EVENT_TYPES) expect(text).toContain(`\`${type}\``);
  expect(text.split("\n").length).toBeLessThanOrEqual(450);
});

test("the program in README.md is examples/brief.ts", async () => {
  const shown = (await page("README.md")).match(/```ts\n([\s\S]*?)```/)?.[1];
  const program = await page("examples/brief.ts");
  expect(shown?.trim()).toBe(program.slice(program.indexOf("import {")).trim());
});

describe("links between pages lead somewhere", () => {
  test.each(PAGES)("%s", async (name) => {
    const text = (await page(name)).replace(/```[\s\S]*?```/g, "");
    const targets = [...text.matchAll(/\]\(([^)#:]+)(?:#[^)]*)?\)/g)].map((match) => match[1] ?? "");
    const missing = targets.filter((target) => !existsSync(join(ROOT, dirname(name), target)));
    expect(missing).toEqual([]);
  });
});
