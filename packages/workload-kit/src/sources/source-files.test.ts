import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { listSources } from "./source-files.js";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "sources-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function put(name: string, text = "Some text stands here."): string {
  const file = path.join(folder, name);
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, text);
  return file;
}

describe("the sources of an input", () => {
  test("are listed by name in a fixed order, including subfolders", () => {
    for (const name of ["b.txt", "a.md", "deep/c.html", "deep/d.CSV"]) put(name);
    expect(listSources(folder).files.map((file) => [file.name, file.format])).toEqual([
      ["a.md", ".md"],
      ["b.txt", ".txt"],
      ["deep/c.html", ".html"],
      ["deep/d.CSV", ".csv"],
    ]);
  });

  test("leave out README, hidden and unsupported files of a folder, and report it", () => {
    for (const name of ["a.md", "README.md", ".hidden.md", "table.xlsx"]) put(name);
    const listing = listSources(folder);
    expect(listing.files.map((file) => file.name)).toEqual(["a.md"]);
    expect(listing.skipped.map((one) => one.name).sort()).toEqual([".hidden.md", "README.md", "table.xlsx"]);
    expect(listing.problems).toEqual([]);
  });

  test("are cited by a one-line name without control characters, whatever the file system allows", () => {
    put("a\u0007b\n.md");
    expect(listSources(folder).files.map(({ name, isNamed }) => [name, isNamed])).toEqual([["ab .md", false]]);
    expect(listSources(put("c.md")).files.map(({ name, isNamed }) => [name, isNamed])).toEqual([["c.md", true]]);
  });

  test("name the path and the remedy if missing, unsupported, empty or without any source", () => {
    const missing = path.join(folder, "nowhere");
    expect(listSources(missing).problems.join()).toMatch(`${missing}: no such file or folder; correct the path`);
    expect(listSources(put("table.xlsx")).problems.join()).toMatch(
      /table\.xlsx: unsupported format \(\.xlsx\); convert it/,
    );
    expect(listSources(put("empty.md", "")).problems.join()).toMatch(/empty\.md: the file is empty; fill it/);
    rmSync(path.join(folder, "empty.md"));
    expect(listSources(folder).problems.join()).toMatch(/the folder holds no source \(it holds 1 other file/);
  });

  test("may not have one name for two files, since citations would be ambiguous", () => {
    const listing = listSources([put("x/a.md"), put("y/a.md")]);
    expect(listing.problems.join()).toMatch(/both be cited as a\.md/);
  });
});
