import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { fold, numberOf, textOf, valuesOf } from "./cells.js";
import { findCountry, suggestCountry } from "./countries.js";
import { isDomainColumn, readDomain } from "./key.js";
import { prospectSchema } from "./row.js";

describe("a number", () => {
  test.each([
    ["250", 250],
    ["1,200", 1_200],
    ["1.200", 1_200],
    ["1,234,567", 1_234_567],
    ["1.234.567,5", 1_234_567.5],
    ["1,200.50", 1_200.5],
    ["12,5", 12.5],
    ["0.125", 0.125],
    ["1 200", 1_200],
    ["1'200", 1_200],
    ["~300", 300],
    ["about 40", 40],
    ["10,001+", 10_001],
    ["10k+", 10_000],
    ["5.2M", 5_200_000],
    ["1.250M", 1_250_000],
    ["3 million", 3_000_000],
    ["2bn", 2_000_000_000],
    ["51-200", 125.5],
    ["51 – 200", 125.5],
    ["1-5M", 3_000_000],
    ["-3", -3],
  ])("is read as people write it: %s", (text, value) => {
    expect(numberOf(text)).toMatchObject({ value, currency: null });
  });

  test.each([
    ["$5.2M", 5_200_000, "USD"],
    ["€ 300k", 300_000, "EUR"],
    ["EUR 3 million", 3_000_000, "EUR"],
    ["1,500 NOK", 1_500, "NOK"],
  ])("keeps the currency it names: %s", (text, value, currency) => {
    expect(numberOf(text)).toMatchObject({ value, currency });
  });

  test.each(["many", "1,2,3", "200-51", "12 people", "", "1..", "$"])("is not guessed: %j", (text) => {
    expect(numberOf(text)).toEqual({ value: null });
  });

  test("from a numeric cell is used unchanged", () => {
    expect(numberOf(1.125)).toEqual({ value: 1.125, isExact: true, currency: null });
  });

  test("is either read or refused, never NaN, for any text", () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const { value } = numberOf(text);
        expect(value === null || Number.isFinite(value)).toBe(true);
      }),
    );
  });
});

test("a cell is empty if it contains a usual word for a missing value", () => {
  for (const cell of ["", "  ", "-", "N/A", "unknown", "?", null]) expect(textOf({ a: cell }, "a")).toBeNull();
  expect([textOf({ a: 0 }, "a"), textOf({ a: false }, "a"), textOf({}, "a"), textOf({ a: "none" }, "a")]).toEqual([
    "0",
    "false",
    null,
    "none",
  ]);
  expect(textOf({}, "constructor")).toBeNull();
});

test("values are compared without case, accents and punctuation, as a whole and by their parts", () => {
  expect([fold("São  Paulo"), fold("C++"), fold("C#"), fold("Food & Drink")]).toEqual([
    "sao paulo",
    "c++",
    "c#",
    "food drink",
  ]);
  expect([...valuesOf("Food, Beverage; SAP|aws")]).toEqual(["food beverage sap aws", "food", "beverage", "sap", "aws"]);
});

test("countries are recognized by English name or code, in any case; others are null, with the nearest name", () => {
  for (const name of ["Norway", "norway", "NO", "nor", " NORWAY "]) expect(findCountry(name)).toBe("NO");
  expect([findCountry("UK"), findCountry("USA"), findCountry("Czechia"), findCountry("Atlantis")]).toEqual([
    "GB",
    "US",
    "CZ",
    null,
  ]);
  expect([suggestCountry("Norwey"), suggestCountry("Atlantis")]).toEqual(["Norway", null]);
});

test("a domain is recognized in any notation; anything else is refused", () => {
  for (const text of [
    "acme.com",
    "ACME.com.",
    "https://www.Acme.com/about?x=1",
    "www.acme.com",
    "info@acme.com",
    "acme.com:8080",
  ]) {
    expect(readDomain(text)).toBe("acme.com");
  }
  expect(readDomain("bücher.example")).toBe("bücher.example");
  for (const text of ["acme", "n/a", "-a.com", "a..b", "https://", "two words.com"])
    expect(readDomain(text)).toBeNull();
  expect(["domain", "Website", "Company URL", "id"].map(isDomainColumn)).toEqual([true, true, true, false]);
});

describe("a row", () => {
  const check = (row: unknown, key = "domain") => prospectSchema(key)["~standard"].validate(row);

  test("keeps its columns, with its key normalized and trimmed, and its lists as text", () => {
    expect(check({ domain: "WWW.a.example", tools: ["SAP", "AWS"], n: 3 })).toEqual({
      value: { domain: "a.example", tools: "SAP; AWS", n: 3 },
    });
    expect(check({ id: " A-1 ", website: "x" }, "id")).toEqual({ value: { id: "A-1", website: "x" } });
  });

  test("with a placeholder as key has no key; an invalid domain and an object are refused with the column", () => {
    expect(check({ domain: "n/a" })).toEqual({ value: { domain: null } });
    expect(check({ domain: "acme" })).toEqual({ issues: [{ message: '"acme" is no domain.', path: ["domain"] }] });
    expect(check({ domain: "a.example", more: { a: 1 } })).toMatchObject({ issues: [{ path: ["more"] }] });
  });
});
