import { mkdtemp, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { readDocument } from "./read-document.js";

const folder = await mkdtemp(join(tmpdir(), "holdfast-documents-"));
const place = { stdin: (async function* () {})(), cwd: folder };

async function read(name: string, content: string | Uint8Array) {
  const path = join(folder, name);
  await writeFile(path, content);
  return (await readDocument(path, place)).value;
}

describe("reading what a person wrote", () => {
  test("reads JSON, with a byte order mark or without, and YAML by its extension", async () => {
    expect(await read("a.json", '\uFEFF{"a": 1}')).toEqual({ a: 1 });
    expect(await read("a.yaml", "a:\n  - 1\n  - two\n")).toEqual({ a: [1, "two"] });
  });

  test("knows the line of a field of YAML, and of the nearest field around one that is not there", async () => {
    const path = join(folder, "lines.yaml");
    await writeFile(path, "run:\n  concurrency: many\n  list:\n    - 1\n    - two\n");
    const { lineOf } = await readDocument("lines.yaml", place);
    expect(lineOf?.(["run", "concurrency"])).toBe(2);
    expect(lineOf?.(["run", "list", "1"])).toBe(5);
    expect(lineOf?.(["run", "missing"])).toBe(2);
    expect(lineOf?.(["nothing"])).toBeNull();
  });

  test("tells which numbers do not read as they were written, with their line, in YAML and in JSON", async () => {
    const yaml = join(folder, "numbers.yaml");
    await writeFile(yaml, "prompt:\n  version: 007\n  other: 7\n  list:\n    - 1.10\n    - '1.10'\n    - 1e3\n");
    const fromYaml = await readDocument(yaml, place);
    expect(fromYaml.changed?.()).toEqual([
      ["prompt", "version"],
      ["prompt", "list", "0"],
      ["prompt", "list", "2"],
    ]);
    expect(fromYaml.readAs?.(["prompt", "version"])?.words).toBe("YAML reads 007 as the number 7");
    const json = join(folder, "numbers.json");
    await writeFile(json, '{\n\t"prompt": {\n\t\t"version": 1.10,\n\t\t"other": [1.0, 7, "1.0", -0]\n\t}\n}');
    const fromJson = await readDocument(json, place);
    expect(fromJson.changed?.()).toEqual([
      ["prompt", "version"],
      ["prompt", "other", "0"],
      ["prompt", "other", "3"],
    ]);
    expect(fromJson.readAs?.(["prompt", "version"])?.words).toBe("JSON reads 1.10 as the number 1.1");
    expect(fromJson.lineOf?.(["prompt", "version"])).toBe(3);
  });

  test("reads standard input for a dash", async () => {
    const stdin = (async function* () {
      yield Buffer.from('{"a":');
      yield "2}";
    })();
    expect((await readDocument("-", { ...place, stdin })).value).toEqual({ a: 2 });
  });

  test.each([
    ["comma.json", '{\n  "a": 1,\n}', /comma\.json, line 3: not JSON: .*\(column 1\)/],
    ["open.json", '{\n  "a": [1, 2', /open\.json, line 2: not JSON/],
    ["empty.json", "  \n", /is empty/],
    ["tab.yaml", "a:\n\t- 1\n", /tab\.yaml, line 2: not YAML/],
    ["quote.yml", 'a: "x\nb: 1\n', /quote\.yml, line \d+: not YAML/],
  ])("names file, line and column of what is wrong in %s", async (name, content, message) => {
    await expect(read(name, content)).rejects.toThrow(message);
    await expect(read(name, content)).rejects.toMatchObject({ code: "SOURCE_UNREADABLE" });
  });

  test("refuses what is no text, a folder, and a file that is not there", async () => {
    await expect(read("latin.json", Buffer.from([0x22, 0xe9, 0x22]))).rejects.toThrow("is not UTF-8 text");
    await expect(readDocument(folder, place)).rejects.toThrow("is a folder, a file is expected");
    await expect(readDocument(join(folder, "none.json"), place)).rejects.toThrow("there is no such file");
  });

  test("does not unfold aliases without end", async () => {
    const lines = ["a: &a [x,x,x,x,x,x,x,x,x]"];
    for (let i = 0; i < 8; i++) {
      const [name, before] = [String.fromCharCode(98 + i), String.fromCharCode(97 + i)];
      lines.push(`${name}: &${name} [${Array(9).fill(`*${before}`).join(",")}]`);
    }
    await expect(read("bomb.yaml", `${lines.join("\n")}\n`)).rejects.toThrow("not YAML");
  });
});

test("what is nested too deeply, or stands twice, is refused with its place before anything walks it", async () => {
  const deep = "[".repeat(200_000) + "]".repeat(200_000);
  await expect(read("deep.json", `{"a":\n${deep}}`)).rejects.toThrow(
    /deep\.json, line 2: it is nested deeper than 100 \(column 100\)/,
  );
  await expect(read("deep.yaml", `a:\n  ${"[".repeat(200_000)}`)).rejects.toThrow(
    /deep\.yaml, line 2: not YAML: it is nested deeper than 100 levels/,
  );
  await expect(read("twice.json", '{\n"a": {"b": 1,\n"b": 2}}')).rejects.toThrow(
    /twice\.json, line 3: "a\.b" stands there twice/,
  );
  await expect(read("several.yaml", "a: 1\n---\na: 2\n")).rejects.toThrow(
    /several\.yaml, line 2: not YAML: the file contains several documents.*\. Keep one document/,
  );
  await expect(read("comma.json", '{"a": 1,}')).rejects.toThrow(
    /comma\.json, line 1: not JSON: unexpected "}" \(column 9\)/,
  );
});
