/** Decimals digit by digit: right where binary fractions are wrong, and anything else is refused. */
import { expect, test } from "vitest";
import { compoundText, decimalsOf, decimalText, growUnits, parseUnits, unitsOf, unitsText } from "./decimal.js";

test.each([
  ["85000.50", 2, 8_500_050n],
  ["85000", 2, 8_500_000n],
  ["1.005", 2, 101n], // as a double, 1.005 is slightly less
  ["1.0049", 2, 100n],
  [".5", 2, 50n],
  ["-3.1", 2, -310n],
  ["0.123456", 6, 123_456n],
  ["99999999999999999999.99", 2, 9_999_999_999_999_999_999_999n],
])("%s at %i decimals is %s units", (text, decimals, units) => {
  expect(parseUnits(text, decimals)).toBe(units);
});

test.each(["0x10000", "1e5", "85,000", "$5", "", " ", "1.2.3", "Infinity", "NaN", "."])(
  "%j is not a decimal",
  (text) => {
    expect(parseUnits(text, 2)).toBeNull();
  },
);

test("numbers are read by their written digits", () => {
  expect(unitsOf(0.07, 6)).toBe(70_000n);
  expect(unitsOf(0.1 + 0.2, 6)).toBe(300_000n);
  expect(unitsOf(1.005, 2)).toBe(101n);
  expect(unitsOf(1e-7, 6)).toBe(0n);
  expect(decimalText(0.30000000000000004, 6)).toBe("0.3");
  expect(decimalText(1e-6, 6)).toBe("0.000001");
  expect(decimalText(100, 6)).toBe("100");
  expect(decimalText(-0.02, 6)).toBe("-0.02");
  expect([decimalsOf("1.500"), decimalsOf("1"), decimalsOf("0.1234567")]).toEqual([1, 0, 7]);
  expect([unitsText(5n, 2), unitsText(-5n, 2), unitsText(8_500_050n, 2)]).toEqual(["0.05", "-0.05", "85000.50"]);
});

test("growth is exact, and rounded half up to cents", () => {
  // 45,000 × 1.02² = 46,818; 0.01 × 1.5 = 0.015, rounded half up.
  expect(growUnits(4_500_000n, 0.02, 2)).toBe(4_681_800n);
  expect(growUnits(1n, 0.5, 1)).toBe(2n);
  expect(compoundText(0.03, 2, 22)).toBe("1.0609000000000000000000");
  expect(compoundText(-0.02, 1, 22)).toBe("0.9800000000000000000000");
  expect(compoundText(0.5, 50, 22)).toBe("637621500.2140495869034078069148");
});
