/** The encodings in which spreadsheet programs write text, told apart or named; and what none of them is. */
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { makeScratch, readAll, type Scratch } from "./files.fixture.js";

let scratch: Scratch;
beforeAll(async () => {
  scratch = await makeScratch();
});
afterAll(() => scratch.remove());

const TEXT = "id;Firma\r\n1;Jäger & Søn\r\n2;Ærø “Fisk”\r\n";
const ROWS = [
  { id: "1", Firma: "Jäger & Søn" },
  { id: "2", Firma: "Ærø “Fisk”" },
];
const utf16le = (text: string) => Buffer.from(text, "utf16le");
const utf16be = (text: string) => utf16le(text).swap16();
/** Every character of the text has one byte here, its number in Latin-1 but for the two quotation marks. */
const windows1252 = (text: string) => Buffer.from(text.replace("“", "\x93").replace("”", "\x94"), "latin1");

const FILES: readonly (readonly [string, Buffer, RegExp | null])[] = [
  ["UTF-8", Buffer.from(TEXT), null],
  ["UTF-8 with a mark", Buffer.from(`\uFEFF${TEXT}`), null],
  ["UTF-16 with a mark", utf16le(`\uFEFF${TEXT}`), /read as UTF-16\./],
  ["UTF-16 without a mark", utf16le(TEXT), /read as UTF-16\./],
  ["UTF-16 big-endian with a mark", utf16be(`\uFEFF${TEXT}`), /read as UTF-16, big-endian/],
  ["UTF-16 big-endian without a mark", utf16be(TEXT), /read as UTF-16, big-endian/],
  ["Windows-1252", windows1252(TEXT), /read as Windows-1252\. Name another encoding if letters look wrong/],
];

describe("an encoding that is looked for", () => {
  test.each(FILES)("%s", async (_, content, note) => {
    const path = await scratch.write("detect.csv", content);
    const { rows, columns, warnings, isWhole } = await readAll(path, { encoding: "detect" });
    expect(columns).toEqual(["id", "Firma"]);
    expect(rows.map(({ cells }) => cells)).toEqual(ROWS);
    expect(isWhole).toBe(true);
    if (note === null) expect(warnings).toEqual([]);
    else expect(warnings).toEqual([expect.stringMatching(note)]);
  });

  test("is the one of the whole file, wherever its first letter that tells stands", async () => {
    const plain = `id;Firma\n${Array.from({ length: 60_000 }, (_, at) => `${at};plain\n`).join("")}`;
    const late = await scratch.write("late.csv", Buffer.concat([Buffer.from(plain), windows1252("x;Jäger\n")]));
    const found = await readAll(late, { encoding: "detect" });
    expect(found.rows.at(-1)?.cells).toEqual({ id: "x", Firma: "Jäger" });
    expect(found.rows).toHaveLength(60_001);
    const utf8 = await scratch.write("late8.csv", `${plain}x;Jäger\n`);
    expect((await readAll(utf8, { encoding: "detect" })).rows.at(-1)?.cells).toEqual({ id: "x", Firma: "Jäger" });
  });

  test("that is none of those that can be told apart is asked for", async () => {
    const path = await scratch.write(
      "other.csv",
      Buffer.concat([Buffer.from("id,name\n1,"), Buffer.from([0x81, 0x41, 10])]),
    );
    expect((await readAll(path, { encoding: "detect" })).errors[0]?.message).toMatch(
      /neither UTF-8 nor UTF-16 nor Windows-1252\. Name its encoding, such as windows-1250 or shift_jis/,
    );
  });
});

describe("an encoding that is named", () => {
  test.each([
    ["shift_jis", Buffer.from([0x93, 0xfa, 0x96, 0x7b]), "日本"],
    ["windows-1250", Buffer.from([0xa3, 0xf3, 0x64, 0x9f]), "Łódź"],
    ["WINDOWS-1251", Buffer.from([0xcc, 0xe8, 0xf0]), "Мир"],
    ["macintosh", Buffer.from([0x9f]), "ü"],
    ["latin1", Buffer.from([0xe9]), "é"],
  ])("%s", async (encoding, name, text) => {
    const path = await scratch.write("named.csv", Buffer.concat([Buffer.from("id,name\n1,"), name, Buffer.from("\n")]));
    expect((await readAll(path, { encoding })).rows[0]?.cells.name).toBe(text);
  });

  test("and that nobody knows, or that the file is not in, is refused with a cure", async () => {
    const path = await scratch.write("wrong.csv", windows1252(TEXT));
    const messageOf = async (encoding: string) => (await readAll(path, { encoding })).errors[0]?.message;
    expect(await messageOf("klingon")).toMatch(/no encoding is named "klingon"\. Name one such as utf-8/);
    expect(await messageOf("utf-16le")).toMatch(/UTF-16|NUL|header/);
    expect(await messageOf("utf-8")).toMatch(/not UTF-8 \(byte 0xe4\)/);
  });

  test("names the line of what is no text in it", async () => {
    const bad = Buffer.concat([Buffer.from("id,name\n1,a\n2,"), Buffer.from([0x81]), Buffer.from("\n")]);
    const path = await scratch.write("line.csv", bad);
    expect((await readAll(path, { encoding: "shift_jis" })).errors[0]?.message).toMatch(/the text is not shift_jis/);
  });
});

test("lines of JSON are read in any encoding too", async () => {
  const path = await scratch.write("lines.jsonl", utf16le('\uFEFF{"id":1,"n":"Sø"}\n{"id":2,"n":"b"}\n'));
  expect((await readAll(path, { encoding: "detect" })).rows.map(({ cells }) => cells.n)).toEqual(["Sø", "b"]);
});

test("a line that is too long in another encoding is named, and memory does not grow with it", async () => {
  const long = "y".repeat(17 * 1024 * 1024);
  const path = await scratch.write("long.jsonl", utf16le(`\uFEFF{"id":1}\n{"id":"${long}"}\n{"id":3}\n`));
  const { rows, errors } = await readAll(path, { encoding: "detect" });
  expect(rows.map(({ cells }) => cells.id)).toEqual([1, 3]);
  expect(errors[0]?.message).toMatch(/row 2: the line is longer than/);
});
