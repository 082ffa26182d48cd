import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { detectIpv } from "./ipv-baseline.js";

const says = (text: string) => detectIpv(text).ipv_detected;

describe("the lexicon baseline for intimate-partner violence", () => {
  test.each([
    "V was shot by her husband.",
    "HER ESTRANGED HUSBAND STABBED V.",
    "V's ex-boyfriend had been stalking her since the separation.",
    "There was a long history of domestic violence.",
    "His girlfriend choked him.",
    "V was fatally shot. The suspect was identified as her boyfriend and was arrested.",
    "V was afraid of her husband, who controlled the money.",
    "V did not go to work. Her husband beat her.",
  ])("says yes to: %s", (text) => expect(says(text)).toBe(true));

  test.each([
    "",
    "V was shot by a stranger.",
    "V was found by his wife.",
    "Her husband denied any history of domestic violence.",
    "There was no history of domestic violence between V and her husband.",
    "V shot himself; his wife found the body.",
    "V died of a self-inflicted gunshot wound in front of his girlfriend.",
    "His wife found V beaten in the yard.",
    "Her boyfriend never hit her.",
    "V was stabbed by a robber. Her husband was not hurt.",
  ])("says no to: %s", (text) => expect(says(text)).toBe(false));

  test("a negation ends at 'but'", () => {
    expect(says("Her husband did not call the police but stabbed V.")).toBe(true);
  });

  test("names the words behind its decision, and its threshold", () => {
    const verdict = detectIpv("V was strangled by her boyfriend.");
    expect(verdict.indicators).toEqual(["boyfriend … strangled"]);
    expect(verdict.rationale).toMatch(/Lexicon score 2\.2 against a threshold of 1\.5/);
    expect(verdict.method).toBe("local");
  });

  test("is deterministic, never fails, and keeps its confidence between one half and one", () => {
    const words = fc.constantFrom(
      "husband",
      "wife",
      "shot",
      "stabbed",
      "no",
      "denied",
      "but",
      "himself",
      "brother",
      ".",
      "V",
      "dv",
      "arrested",
    );
    const text = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.array(words, { maxLength: 60 }).map((list) => list.join(" ")),
    );
    fc.assert(
      fc.property(text, (input) => {
        const verdict = detectIpv(input);
        expect(detectIpv(input)).toEqual(verdict);
        expect(verdict.confidence).toBeGreaterThanOrEqual(0.5);
        expect(verdict.confidence).toBeLessThanOrEqual(1);
        expect(verdict.indicators.length > 0 || !verdict.ipv_detected).toBe(true);
      }),
    );
  });

  test("takes time proportional to the text, even for hostile ones", () => {
    // A megabyte without a period must neither hang nor overflow; the test's deadline is the only clock.
    detectIpv("husband shot no but himself ".repeat(40_000));
    detectIpv(`${"a".repeat(500_000)} husband`);
  });
});
