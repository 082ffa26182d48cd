import { expect, test } from "vitest";
import { DEFAULT_COLUMNS } from "../config/schema.js";
import { narrativesOf } from "./items.js";

const row = {
  incident_id: "7",
  le_narrative: "one",
  cme_narrative: "two",
  ipv_manual: "",
  le_label: "",
  cme_label: "",
};
const labelsOf = (change: object, columns: object, labels?: object) =>
  narrativesOf({ ...row, ...change }, { ...DEFAULT_COLUMNS, ...columns }, labels as never).map(({ label }) => label);

test.each(["N/A", "n/a", "NA", "#N/A", "Not applicable", " "])("a cell with %j is not scored by default", (cell) => {
  expect(labelsOf({ ipv_manual: cell }, {})).toEqual([null, null]);
});

test.each([
  ["Suspected", true],
  ["2", true],
  [2, true],
  ["2.0", true],
  ["none", false],
  ["unclear", null],
  ["n/a", null],
  [true, true],
])("by the words of the experiment %j is %j, whatever its case and form", (cell, label) => {
  const labels = { positive: ["suspected", "2", "true"], negative: ["None"], unscored: ["UNCLEAR"] };
  expect(labelsOf({ ipv_manual: cell }, {}, labels)).toEqual([label, label]);
});

test("each narrative type can have its own column and words", () => {
  const columns = { label: { le: "le_label", cme: "cme_label" } };
  const labels = {
    le: { positive: ["1"], negative: ["2"], unscored: [] },
    cme: { positive: ["ipv"], negative: ["other"], unscored: ["9"] },
  };
  expect(labelsOf({ le_label: 2, cme_label: "IPV" }, columns, labels)).toEqual([false, true]);
  expect(labelsOf({ le_label: 1, cme_label: 9 }, columns, labels)).toEqual([true, null]);
});

test("an unknown word is refused, with the list of known ones", () => {
  const labels = { positive: ["ja"], negative: ["nein"], unscored: ["weiß nicht"] };
  expect(() => labelsOf({ ipv_manual: "yes" }, {}, labels)).toThrow(
    'Column "ipv_manual": the label is "yes". `data.labels` knows "ja", "nein", "weiß nicht"',
  );
});
