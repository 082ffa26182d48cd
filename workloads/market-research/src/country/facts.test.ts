import isoCountries from "i18n-iso-countries";
import { describe, expect, test } from "vitest";
import { findCountry } from "./country.js";
import { alpha2OfDatasetName, readCountryFacts } from "./facts.js";

async function factsOf(name: string) {
  const country = findCountry(name);
  if (country === null) throw new Error(name);
  return readCountryFacts(country);
}

describe("country facts", () => {
  test("are the datasets' own figures, each with dataset, field and year", async () => {
    const { facts } = await factsOf("Norway");
    const population = facts.find((fact) => fact.field === "pop");
    expect(population).toMatchObject({ value: "4.6 million", year: 2005 });
    expect(population?.dataset).toMatch(/^vega-datasets \d.*gapminder\.json$/);
    expect(facts.find((fact) => fact.field === "capital")).toMatchObject({ value: "Oslo", year: null });
    expect(facts.map((fact) => fact.id)).toEqual(facts.map((_, index) => `D${index + 1}`));
  });

  test("include series to chart, with the country's own bar among its neighbors'", async () => {
    const { series } = await factsOf("Norway");
    expect(series.map((one) => one.kind)).toEqual(["line", "line", "bar"]);
    expect(series[0]?.points.at(0)).toMatchObject({ label: "1955" });
    expect(series[2]?.points.map((point) => point.label)).toEqual(["Norway", "Sweden", "Finland", "Russia"]);
  });

  test("compare an island with its subregion", async () => {
    const { series } = await factsOf("Japan");
    expect(series.at(-1)?.points.map((point) => point.label)).toContain("South Korea");
  });

  test("can be read for every country, and each has figures to chart", async () => {
    const without: string[] = [];
    for (const alpha2 of Object.keys(isoCountries.getAlpha2Codes())) {
      const { facts, series } = await factsOf(alpha2);
      expect(facts.length, alpha2).toBeGreaterThanOrEqual(2);
      expect(series.every((one) => one.points.every((point) => Number.isFinite(point.value)))).toBe(true);
      if (series.length === 0) without.push(alpha2);
    }
    expect(without).toEqual([]);
  });

  test("know every country name of the Gapminder tables", () => {
    expect(alpha2OfDatasetName("Hong Kong, China")).toBe("HK");
    expect(alpha2OfDatasetName("North Korea")).toBe("KP");
    expect(alpha2OfDatasetName("nowhere")).toBeNull();
  });
});
