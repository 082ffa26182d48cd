import { describe, expect, test } from "vitest";
import { countMentions, findCountry, suggestCountries } from "./country.js";

describe("a country", () => {
  test("is found by name, by alias, by either code, in any case", () => {
    for (const text of ["Norway", "norway", " NO ", "nor", "Kingdom of Norway"])
      expect(findCountry(text)?.alpha2, text).toBe("NO");
    expect(findCountry("Holland")?.alpha2).toBe("NL");
    expect(findCountry("South Korea")?.alpha3).toBe("KOR");
    expect(findCountry("cote d'ivoire")?.alpha2).toBe("CI");
  });

  test("is not found for a text that names none", () => {
    for (const text of ["Norwey", "XX", "XXX", "", "Atlantis"]) expect(findCountry(text), text).toBeNull();
  });

  test("is suggested for a typing error, and nothing for a word unlike all names", () => {
    expect(suggestCountries("Norwey")).toEqual(["Norway"]);
    expect(suggestCountries("Jpan")[0]).toBe("Japan");
    expect(suggestCountries("Atlantis of the deep")).toEqual([]);
    expect(suggestCountries("united").length).toBeLessThanOrEqual(3);
  });

  test("is counted in a text by name and by demonym, case-sensitively", () => {
    const counts = countMentions(
      "Norwegian power. Norway sells to Germany; the turkey is no country, and Normandy neither.",
    );
    expect(Object.fromEntries(counts)).toEqual({ NO: 2, DE: 1 });
  });
});
