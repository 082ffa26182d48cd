import { describe, expect, test } from "vitest";
import { checkProfile } from "../profile/check.js";
import { wordsOf } from "../profile/words.js";
import type { Cells } from "../prospect/cells.js";
import { isFailedMustHave, judgeOf } from "./judges.js";

function criterionOf(settings: Record<string, unknown>) {
  const checked = checkProfile({
    name: "x",
    criteria: { one: settings, other: { kind: "range", field: "z", min: 0 } },
  });
  if (!checked.ok) throw new Error(JSON.stringify(checked.findings));
  return checked.profile.criteria[0] as (typeof checked.profile.criteria)[number];
}

const judge = (settings: Record<string, unknown>, cells: Cells) => judgeOf(criterionOf(settings))(cells);

describe("a range", () => {
  const soft = { kind: "range", field: "n", min: 50, max: 100, zeroBelow: 30, zeroAbove: 200 };
  test.each([
    [30, 0],
    [40, 0.5],
    [50, 1],
    [100, 1],
    [150, 0.5],
    [200, 0],
    [-5, 0],
  ])("falls from its edges to nothing: %d fits %d", (n, fit) => {
    expect(judge(soft, { n }).fit).toBe(fit);
  });

  test("has sharp edges by default, and may be open on one side", () => {
    expect([49, 50].map((n) => judge({ kind: "range", field: "n", min: 50 }, { n }).fit)).toEqual([0, 1]);
    expect([49, 50].map((n) => judge({ kind: "range", field: "n", max: 49 }, { n }).fit)).toEqual([1, 0]);
  });

  test("states the value and its position relative to the range", () => {
    expect(judge(soft, { n: "51-200" }).why).toBe('n 125.5 (written "51-200") is above 100, not by far: 75 %');
    expect(judge(soft, { n: 60 }).why).toBe("n 60 is within 50 to 100");
    expect(judge(soft, { n: 3 }).why).toBe("n 3 is below 50");
  });

  test("is unknown for a cell that is empty, not a number, or in another currency", () => {
    const dollars = { kind: "range", field: "n", min: 1_000, currency: "USD" };
    expect(judge(dollars, { n: "" })).toEqual({ fit: null, why: "unknown: n is empty" });
    expect(judge(dollars, { n: "lots" })).toEqual({ fit: null, why: 'unknown: n "lots" is no number' });
    expect(judge(dollars, { n: "€5k" })).toEqual({
      fit: null,
      why: 'unknown: n "€5k" is in EUR, the criterion is in USD',
    });
    expect(judge({ ...dollars, currency: undefined }, { n: "$5k" }).why).toMatch(/names no currency$/);
    expect([judge(dollars, { n: "$5k" }).fit, judge(dollars, { n: 5_000 }).fit]).toEqual([1, 1]);
  });
});

describe("a set", () => {
  const set = (more: object) => ({ kind: "set", field: "tech", ...more });
  test("fits if any of its values is present, or by the share of the required number", () => {
    expect(judge(set({ anyOf: ["SAP", "AWS"] }), { tech: "sap; Other" })).toEqual({ fit: 1, why: "tech: SAP" });
    expect(judge(set({ anyOf: ["SAP", "AWS", "Xero"], atLeast: 2 }), { tech: "aws" })).toEqual({
      fit: 0.5,
      why: "tech: AWS (1 of 2 needed)",
    });
    expect(judge(set({ anyOf: ["SAP"] }), { tech: "SAP Business One" })).toEqual({
      fit: 0,
      why: 'tech "SAP Business One": none of the 1 wanted',
    });
    expect(judge(set({ anyOf: "Food, Beverage & Tobacco" }), { tech: "Food, Beverage & Tobacco" }).fit).toBe(1);
  });

  test("of unwanted values fits if none is present, and is unknown without data", () => {
    expect(judge(set({ noneOf: ["SAP"] }), { tech: "AWS" }).fit).toBe(1);
    expect(judge(set({ noneOf: ["SAP"] }), { tech: "sap" })).toEqual({ fit: 0, why: 'tech "sap": unwanted SAP' });
    expect(judge(set({ noneOf: ["SAP"] }), {}).fit).toBeNull();
  });
});

test("a country matches by name or code; a value that is not a country is unknown", () => {
  const north = { kind: "country", anyOf: ["Norway", "SWE"] };
  expect(judge(north, { country: "no" })).toEqual({ fit: 1, why: "Norway is one of the wanted countries" });
  expect(judge(north, { country: "Italy" })).toEqual({ fit: 0, why: "Italy is not one of the wanted countries" });
  expect(judge({ kind: "country", noneOf: "IT" }, { country: "Italy" })).toEqual({
    fit: 0,
    why: "Italy is one of the unwanted countries",
  });
  expect(judge(north, { country: "Europe" })).toEqual({ fit: null, why: 'unknown: country "Europe" is no country' });
  expect(judge(north, {}).fit).toBeNull();
});

test("keywords are whole words and phrases in any of their columns, a star matches any ending", () => {
  const words = { kind: "keywords", fields: ["a", "b"], anyOf: ["cold chain", "vaccin*"], atLeast: 2 };
  expect(judge(words, { a: "A Cold Chain", b: "vaccines" })).toEqual({
    fit: 1,
    why: "a, b: cold chain, vaccin* (2 of 2 needed)",
  });
  expect(judge(words, { a: "chain cold", b: null }).fit).toBe(0);
  expect(judge(words, {})).toEqual({ fit: null, why: "unknown: a and b are empty" });
  expect(judge({ kind: "keywords", noneOf: "recruit*" }, { description: "We are recruiters" }).fit).toBe(0);
});

describe("a free text without a model", () => {
  const cold = {
    kind: "text",
    statement: "It moves goods that must stay cold.",
    keywords: ["frozen", "refrigerat*", "vaccine*"],
  };
  test("is judged by its keywords, which every reason states", () => {
    expect(judge(cold, { description: "Frozen food in refrigerated vans." })).toEqual({
      fit: 1,
      why: "local word match: frozen, refrigerat* (2 of 2 needed)",
    });
    expect(judge(cold, { description: "Frozen food." }).fit).toBe(0.5);
    expect(judge(cold, { description: "Furniture." })).toEqual({ fit: 0, why: "local word match: none of 3" });
    expect(judge(cold, {}).fit).toBeNull();
  });

  test("is not fooled by a negation", () => {
    expect(judge(cold, { description: "It has no refrigerated transport." })).toEqual({
      fit: 0,
      why: "local word match: none of 3; negated: refrigerat*",
    });
  });

  test("falls back on the significant words of its statement", () => {
    expect(wordsOf("The company sells software to hospitals and clinics.")).toEqual([
      "sells",
      "softwa*",
      "hospita*",
      "clini*",
    ]);
    const plain = { kind: "text", statement: "The company sells software to hospitals and clinics." };
    expect(judge(plain, { description: "Software for hospitals" }).fit).toBe(1);
    expect(judge({ kind: "text", statement: "it is and that was" }, { description: "x" }).fit).toBeNull();
  });
});

test("a must-have fails unless it fits fully; a free text fails only below a half; an unknown fit never fails", () => {
  const range = criterionOf({ kind: "range", field: "n", min: 1, mustHave: true });
  const text = criterionOf({ kind: "text", statement: "It is a good one.", mustHave: true });
  const optional = criterionOf({ kind: "range", field: "n", min: 1 });
  expect([0, 0.9, 1, null].map((fit) => isFailedMustHave(range, fit))).toEqual([true, true, false, false]);
  expect([0, 0.5, 1, null].map((fit) => isFailedMustHave(text, fit))).toEqual([true, false, false, false]);
  expect(isFailedMustHave(optional, 0)).toBe(false);
});
