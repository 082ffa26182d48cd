import { expect, test } from "vitest";
import { DEFAULT_COLUMNS } from "../config/schema.js";
import { narrativesOf } from "./items.js";

const row = { incident_id: "0007", le_narrative: "one", cme_narrative: " two ", ipv_manual: 1 };

test("a case becomes one item per narrative, in the order of the configuration, text unchanged", () => {
  expect(narrativesOf(row, DEFAULT_COLUMNS)).toEqual([
    { key: "0007:le", caseKey: "0007", type: "le", text: "one", label: true },
    { key: "0007:cme", caseKey: "0007", type: "cme", text: " two ", label: true },
  ]);
});

test("an empty narrative gives no item", () => {
  const items = narrativesOf({ ...row, le_narrative: " \n", cme_narrative: null }, DEFAULT_COLUMNS);
  expect(items).toEqual([]);
});

test.each([
  [1, true],
  ["0", false],
  ["Yes", true],
  [" no ", false],
  [false, false],
  ["", null],
  [null, null],
])("label %j is read as %j", (cell, label) => {
  expect(narrativesOf({ ...row, ipv_manual: cell }, DEFAULT_COLUMNS)[0]?.label).toBe(label);
});

test("an unreadable cell is an error that names the column and the remedy", () => {
  const read = (change: object) => () => narrativesOf({ ...row, ...change }, DEFAULT_COLUMNS);
  expect(read({ ipv_manual: "maybe" })).toThrow(/Column "ipv_manual": the label is "maybe"\. Write 1 or 0/);
  expect(read({ incident_id: " " })).toThrow(/Column "incident_id": the key is missing/);
  expect(read({ le_narrative: new Date(0) })).toThrow(/Column "le_narrative": the cell holds neither/);
  expect(() => narrativesOf({ incident_id: "1", ipv_manual: 0 }, DEFAULT_COLUMNS)).toThrow(
    /Column "le_narrative": the row has no such column\. Name one of: incident_id, ipv_manual/,
  );
});
