/** Real-life lists: any encoding and separator, custom headers, names in other languages, unusable rows. */
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import ExcelJs from "exceljs";
import { describe, expect, test } from "vitest";
import { findColumn } from "./prospect/columns.js";
import { findCountry } from "./prospect/countries.js";
import { openRuns } from "./run.fixture.js";

const PROFILE = `name: lists
tiers: { A: 75, B: 50 }
criteria:
  where: { kind: country, anyOf: [Norway, Germany, Japan], mustHave: true }
  size: { kind: range, field: employees, min: 10, max: 100 }
  trade: { kind: set, field: industry, anyOf: [Logistics, Manufacturing] }
`;
const GERMAN = `Webseite;Firmenname;Land;Mitarbeiter;Branche;Notiz
jaeger.example;Jäger & Söhne;Deutschland;50;Logistik;“heiß”
fisk.example;Ærø Fisk;Norge;20;Produksjon;
nihon.example;Nihon Søn;Japon;30;Transport;x
`;

async function runOn(rows: string | Buffer, more: Record<string, unknown> = {}, file = "prospects.csv") {
  const runs = await openRuns({ rows, profile: PROFILE, file });
  const { handle, done } = await runs.holdfast.startHere(runs.workflow, { ...runs.input, ...more });
  await done;
  const status = await handle.status();
  const read = (name: string, stage = "export") =>
    readFile(join(runs.folder, "data", "runs", handle.id, "stages", stage, "attempt-1", name));
  const logged: string[] = [];
  for await (const event of handle.events({ follow: false })) {
    if (event.type === "log") logged.push((event.data as { message: string }).message);
  }
  return { ...runs, handle, status, read, logged, error: status.lastError?.message ?? "" };
}

/** Encodes each character in one byte, with quotation marks as in Windows. */
const windows1252 = (text: string) => Buffer.from(text.replaceAll("“", "\x93").replaceAll("”", "\x94"), "latin1");

describe("a list from a spreadsheet program", () => {
  test.each([
    ["UTF-8 with a mark", Buffer.from(`\uFEFF${GERMAN}`), null],
    ["UTF-16", Buffer.from(`\uFEFF${GERMAN}`, "utf16le"), /read as UTF-16/],
    ["Windows-1252", windows1252(GERMAN), /read as Windows-1252/],
    ["tabs", Buffer.from(GERMAN.replaceAll(";", "\t")), null],
    ["bars", Buffer.from(GERMAN.replaceAll(";", "|")), null],
  ])("in %s is ranked by its own headers, with countries and industries in its language", async (_, rows, note) => {
    const { handle, ranked, logged } = await runOn(rows);
    expect(await handle.result()).toMatchObject({ prospects: 3, tiers: { A: 2, B: 1, disqualified: 0 } });
    const found = await ranked(handle);
    expect(found.map(({ key, company, score }) => [key, company, score])).toEqual([
      ["fisk.example", "Ærø Fisk", 100],
      ["jaeger.example", "Jäger & Söhne", 100],
      ["nihon.example", "Nihon Søn", 50],
    ]);
    expect(logged).toContain('column "Firmenname" is read as company');
    expect(logged).toContain('column "Mitarbeiter" is read as employees');
    if (note !== null) expect(logged.join("\n")).toMatch(note);
  });

  test("is read in the encoding given", async () => {
    const head = Buffer.from("domain,company,country,employees,industry\nn.example,");
    const rows = Buffer.concat([head, Buffer.from([0x93, 0xfa, 0x96, 0x7b]), Buffer.from(",JP,50,Logistics\n")]);
    const { handle, ranked } = await runOn(rows, { encoding: "shift_jis" });
    expect((await ranked(handle))[0]?.company).toBe("日本");
    const { error } = await runOn(rows, { encoding: "klingon" });
    expect(error).toMatch(/no encoding is named "klingon"/);
  });
});

describe("the ranking", () => {
  test("has the list's columns after ours, opens as UTF-8 in a spreadsheet, and is also written as a workbook", async () => {
    const { csv, handle, read } = await runOn(GERMAN);
    const text = await csv(handle);
    const [header = "", first = ""] = text.split("\r\n");
    expect(header.startsWith("\uFEFFrank,key,company,")).toBe(true);
    expect(header).toMatch(/,error,Webseite,Firmenname,Land,Mitarbeiter,Branche,Notiz$/);
    expect(first).toMatch(/^1,fisk\.example,Ærø Fisk,A,100,.*,fisk\.example,Ærø Fisk,Norge,20,Produksjon,$/);
    const workbook = new ExcelJs.Workbook();
    await workbook.xlsx.load((await read("ranked.xlsx")) as never);
    const sheet = workbook.getWorksheet("ranking");
    const rows = sheet?.getSheetValues().slice(1) as unknown[][];
    expect(rows.map((row) => row[2])).toEqual(["key", "fisk.example", "jaeger.example", "nihon.example"]);
    expect(rows[2]?.at(-1)).toBe("“heiß”");
    expect(`\uFEFF${(rows[0] ?? []).slice(1).join(",")}`).toBe(header);
  });

  test("is also written to a file of the user's choice, in the format of its ending", async () => {
    for (const name of ["mine.csv", "mine.xlsx", "mine.json"]) {
      const runs = await openRuns({ rows: GERMAN, profile: PROFILE });
      const out = join(runs.folder, name);
      const { handle, done } = await runs.holdfast.startHere(runs.workflow, { ...runs.input, out });
      await done;
      const own = await readFile(
        join(runs.folder, "data", "runs", handle.id, "stages", "export", "attempt-1", name.replace("mine", "ranked")),
      );
      expect(await readFile(out)).toEqual(own);
    }
  });

  test("names the skipped rows in the summary, the figures and the table", async () => {
    const rows = `${GERMAN};Ohne Domain;Norge;5;;\njaeger.example;Noch einmal;Norge;5;;\nkeine domain;Falsch;Norge;5;;\n`;
    const { handle, summary, csv, error } = await runOn(rows, { onBadRow: "skip" });
    expect(error).toBe("");
    expect(await handle.result()).toMatchObject({ prospects: 3, skipped: 3 });
    const text = await summary(handle);
    expect(text).toContain("3 rows of the file were left out:");
    expect(text).toMatch(/- row 5: .*key is missing/);
    expect(text).toMatch(/- row 6: .*the key .* stands in row 2 already/);
    const lines = (await csv(handle)).trimEnd().split("\r\n");
    expect(lines.slice(4).map((line) => line.split(",").slice(0, 4).join())).toEqual([
      ",row 5,,skipped",
      ",row 6,,skipped",
      ",row 7,,skipped",
    ]);
    expect(new Set(lines.map((line) => line.split(",").length)).size).toBeLessThanOrEqual(2);
  });
});

describe("a header", () => {
  test("is matched despite case, accents and punctuation, by its usual aliases, and by explicit mapping", () => {
    const at = (wanted: string, columns: string[], given = {}) => findColumn(wanted, columns, given).column;
    expect(at("company", ["Company"])).toBe("Company");
    expect(at("company_name", ["Company Name"])).toBe("Company Name");
    expect(at("company", ["Account Name", "Account Owner"])).toBe("Account Name");
    expect(at("domain", ["ID", "Website"])).toBe("Website");
    expect(at("employees", ["従業員数"])).toBe("従業員数");
    expect(at("company", ["Name", "Firma"], { company: "firma" })).toBe("Firma");
    // Two candidates are ambiguous, but an exact name takes precedence.
    expect(findColumn("company", ["Name", "Firma"])).toMatchObject({ column: null, why: 'could be "Name" or "Firma"' });
    expect(at("company", ["Name", "company", "Firma"])).toBe("company");
    expect(findColumn("score", ["scores"])).toMatchObject({ column: null, suggestion: "scores" });
  });

  test("that is missing is reported with the nearest one and the option to map it", async () => {
    const rows = "domian,company,country,employees,industry\na.example,A,NO,20,Logistics\n";
    const { error } = await runOn(rows);
    expect(error).toContain('the column "domain" is not there. Did you mean "domian"?');
    expect(error).toContain('Say which is meant with --key="domian".');
    const keyed = await runOn(rows, { columns: { domain: "domian" } });
    expect(keyed.error).toBe("");
    const odd = await runOn(rows.replace("employees", "Kopfzahl"), { columns: { domain: "domian" } });
    expect(odd.error).toContain('criterion size reads column "employees", which is not there.');
    expect(odd.error).toContain('--columns.employees="Headcount"');
    const named = await runOn(rows.replace("employees", "Kopfzahl"), {
      columns: { domain: "domian", employees: "Kopfzahl" },
    });
    expect(named.error).toBe("");
    expect((await named.ranked(named.handle))[0]?.score).toBe(100);
  });
});

test("a missing file is reported before a run exists", async () => {
  const runs = await openRuns({ rows: GERMAN, profile: PROFILE });
  const start = (prospects: string) => runs.holdfast.start(runs.workflow, { ...runs.input, prospects });
  await expect(start(join(runs.folder, "gone.csv"))).rejects.toThrow(/prospects: .*gone\.csv: there is no such file/);
  expect((await runs.holdfast.runs.list()).rows).toEqual([]);
});

test("a country is recognized by its name in any language, unless the name is ambiguous", () => {
  for (const [name, code] of [
    ["Deutschland", "DE"],
    ["Norge", "NO"],
    ["日本", "JP"],
    ["Österreich", "AT"],
    ["España", "ES"],
    ["Россия", "RU"],
    ["België", "BE"],
    ["Schweiz", "CH"],
    ["Suisse", "CH"],
    ["United States", "US"],
    ["niederlande", "NL"],
    ["대한민국", "KR"],
  ] as const) {
    expect(findCountry(name), name).toBe(code);
  }
  expect([findCountry("Atlantis"), findCountry(""), findCountry("-")]).toEqual([null, null, null]);
});
