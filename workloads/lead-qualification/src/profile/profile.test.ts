import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { checkProfile } from "./check.js";
import { CURES } from "./cures.js";
import { parseProfile } from "./parse.js";
import { CRITERIA, fieldsOf, PARTS, weightOf } from "./schema.js";

const EXAMPLE = new URL("../../../../examples/icp.yaml", import.meta.url);
const GOOD = "name: x\ncriteria:\n  size:\n    kind: range\n    field: employees\n    min: 10\n";

test("the example is a valid profile, with its criteria in order and the lines that name their columns", () => {
  const parsed = parseProfile(readFileSync(EXAMPLE, "utf8"));
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  expect(parsed.profile.criteria.map(({ id }) => id)).toEqual(Object.keys(parsed.lines));
  expect(new Set(parsed.profile.criteria.map(({ kind }) => kind))).toEqual(new Set(Object.keys(CRITERIA)));
  const lines = readFileSync(EXAMPLE, "utf8").split("\n");
  expect(lines[(parsed.lines.size ?? 0) - 1]).toContain("field: employees");
  expect(lines[(parsed.lines.region ?? 0) - 1]).toContain("region:"); // it names no column: the default is used
});

test("omitted settings have defaults, and a must-have has no weight unless one is given", () => {
  const parsed = parseProfile(
    `${GOOD}  where:\n    kind: country\n    anyOf: Norway\n    mustHave: true\n  about:\n    kind: text\n    statement: It sells cheese to hotels.\n`,
  );
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { profile } = parsed;
  expect(profile).toMatchObject({ unknown: 0.5, tiers: [{ name: "A", from: 75 }, { name: "B" }, { name: "C" }] });
  expect(profile.criteria.map(weightOf)).toEqual([1, 0, 1]);
  expect(profile.criteria.map(fieldsOf)).toEqual([["employees"], ["country"], ["description"]]);
  expect(profile.criteria[1]).toMatchObject({ anyOf: ["Norway"] });
});

test("all mistakes are reported at once, in line order, each with its path and remedy", () => {
  const parsed = parseProfile(`nam: x
unknown: 2
tiers: { A: 75, B: 75, below: 10 }
criteria:
  size:
    kind: range
    field: employees
    min: 10
    max: 5
    zeroBelow: 20
    wieght: 3
  reg ion:
    kind: country
    anyOf: [Norwey]
  region:
    kind: country
    anyOf: [Norway, ""]
  both:
    kind: set
    field: industry
    anyOf: [a]
    noneOf: [b]
  tech:
    kind: sets
  words:
    kind: keywords
    anyOf: ["*", ok]
    atLeast: 3
  free:
    kind: text
    statement: short
  old:
    type: range
  edge:
    kind: range
    field: a
    mustHave: true
    max: 3
    zeroAbove: 9
  empty:
`);
  if (parsed.ok) throw new Error("it was taken");
  expect(parsed.problems.map(({ line, path }) => [line, path])).toEqual([
    [1, "nam"],
    [1, "name"],
    [2, "unknown"],
    [3, "tiers.B"],
    [3, "tiers.below"],
    [9, "criteria.size.max"],
    [10, "criteria.size.zeroBelow"],
    [11, "criteria.size.wieght"],
    [12, "criteria.reg ion"],
    [14, "criteria.reg ion.anyOf"],
    [17, "criteria.region.anyOf.1"],
    [22, "criteria.both.noneOf"],
    [24, "criteria.tech.kind"],
    [27, "criteria.words.anyOf"],
    [28, "criteria.words.atLeast"],
    [31, "criteria.free.statement"],
    [33, "criteria.old.type"],
    [39, "criteria.edge.zeroAbove"],
    [40, "criteria.empty"],
  ]);
  expect(parsed.problems.filter(({ message, cure }) => message === "" || cure === "")).toEqual([]);
  expect(parsed.problems.map(({ cure }) => cure)).toEqual(
    expect.arrayContaining(["write `Norway`.", "write `weight`, or remove it.", "write `kind`."]),
  );
});

test.each([
  ["", 1, /empty/],
  ["- a\n", 1, /not a mapping/],
  ["name: x\n", 1, /missing/],
  ["name: x\ncriteria: {}\n", 2, /there are none/],
  ["name: x\ncriteria: [a]\n", 2, /a list/],
  ["name: x\nname: y\n", 2, /not valid YAML/],
  ["name: x\n\tcriteria:\n", 2, /not valid YAML/],
  [`${GOOD}    weight: 0\n`, 2, /nothing would be scored/],
  ["name: x\ncriteria:\n  a:\n    kind: range\n    field: b\n", 4, /needs `min`, `max` or both/],
  ["name: x\ncriteria:\n  a:\n    kind: set\n    field: b\n", 4, /neither `anyOf` nor `noneOf`/],
  ["name: x\ncriteria:\n  a:\n    kind: set\n    field: b\n    noneOf: c\n    atLeast: 1\n", 7, /only `anyOf` has it/],
  ["name: x\ncriteria:\n  a:\n    kind: set\n    field: b\n    anyOf: ['--']\n", 6, /neither letters nor digits/],
])("an invalid profile is refused with the line: %j", (text, line, says) => {
  const parsed = parseProfile(text);
  if (parsed.ok) throw new Error("it was taken");
  expect(parsed.problems[0]).toMatchObject({ line, message: expect.stringMatching(says) });
});

test("a profile given as data is checked by the same rules", () => {
  expect(checkProfile({ name: "x", criteria: { a: { kind: "range", field: "b", min: 1 } } }).ok).toBe(true);
  const checked = checkProfile({ name: "x", criteria: { a: { kind: "range", field: "b", min: "1" } } });
  expect(checked).toMatchObject({ ok: false, findings: [{ path: ["criteria", "a", "min"] }] });
});

test("every setting has a remedy, and every remedy a setting", () => {
  const settings = [
    ...Object.keys(PARTS),
    "tiers.*",
    "criteria",
    "criteria.*",
    ...Object.values(CRITERIA).flatMap(({ shape }) => Object.keys(shape).map((name) => `criteria.*.${name}`)),
  ];
  expect(Object.keys(CURES).sort()).toEqual([...new Set(settings)].sort());
});
