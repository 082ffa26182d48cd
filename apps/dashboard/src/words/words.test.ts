/** The figures of the page, as the guide of the screen words them. */
import { describe, expect, test } from "vitest";
import { inputWords } from "./input-words.js";
import { bytes, count, counted, percent, rate, usd, usdRange } from "./numbers.js";
import { age, ago, clock, day, dayKey, duration, durationRange, instant, setZone, zoneOffsetMs } from "./times.js";

const plain = (text: string) => text.replaceAll(" ", " ");

describe("numbers", () => {
  test("counts have separators, and minus is a minus", () => {
    expect([count(8_412), count(0), count(-3)]).toEqual(["8,412", "0", "−3"]);
    expect([counted(1, "item"), counted(2, "item")]).toEqual(["1 item", "2 items"]);
  });

  test("a share is never whole before everything is done", () => {
    expect([0, 0.696, 0.9999, 1].map(percent).map(plain)).toEqual(["0 %", "69.6 %", "99.9 %", "100 %"]);
  });

  test("money has four decimals under ten cents and none from a thousand on", () => {
    expect([0, 0.0004, 0.38, 40, 1_234.5].map(usd)).toEqual(["$0.00", "$0.0004", "$0.38", "$40.00", "$1,235"]);
    expect([usdRange([41.19, 61.79]), usdRange([0, 0])]).toEqual(["$41.19–61.79", "$0.00"]);
  });

  test("a pace and a size have the unit that leaves figures to read", () => {
    expect([18.23, 240, 0.02].map((perS) => Object.values(rate(perS)).join(""))).toEqual([
      "18.2/s",
      "240/s",
      "1.2/min",
    ]);
    expect([512, 4_100_000, 1_200_000_000].map(bytes).map(plain)).toEqual(["512 B", "4.1 MB", "1.2 GB"]);
  });
});

describe("times", () => {
  test("durations have two units at the most", () => {
    const given = [
      415,
      7_480,
      42_000,
      59_800,
      273_000,
      31 * 60_000 + 4_000,
      2 * 3_600_000 + 4 * 60_000,
      24 * 3_600_000,
      3 * 86_400_000,
    ];
    const worded = ["415 ms", "7.5 s", "42 s", "1 min", "4 min 33 s", "31 min", "2 h 04", "24 h", "3 days"];
    expect(given.map(duration).map(plain)).toEqual(worded);
  });

  test("a range writes its unit once, and hours to five minutes", () => {
    expect(plain(durationRange([170_000, 250_000]))).toBe("3–4 min");
    expect(plain(durationRange([3_840_000, 4_830_000]))).toBe("64–81 min");
    expect(plain(durationRange([7_500_000, 9_000_000]))).toBe("2 h 05–2 h 30");
    expect(plain(durationRange([20_000, 20_400]))).toBe("20 s");
  });

  test("ages are relative today, a time yesterday, then a date", () => {
    const now = new Date(2026, 10, 29, 14, 6, 28).getTime();
    const at = (day: number, hour: number, minute = 0) => new Date(2026, 10, day, hour, minute).getTime();
    expect(plain(age(now - 38_000, now))).toBe("38 s");
    expect(plain(age(at(29, 3), now))).toBe("11 h");
    expect(age(at(28, 18, 40), now)).toBe("18:40");
    expect(ago(at(28, 18, 40), now)).toBe("yesterday 18:40");
    expect(age(at(12, 9), now)).toBe("12 November");
  });

  test("the whole instant has its zone", () => {
    expect(instant(0)).toMatch(/^19(69|70)-\d\d-\d\d \d\d:\d\d:00\.000 [+−]\d\d:\d\d$/);
  });
});

describe("instants in UTC", () => {
  test("are told in UTC once that was chosen, with their zone", () => {
    const at = Date.UTC(2026, 10, 29, 23, 30, 5, 7);
    setZone("utc");
    try {
      expect([clock(at), zoneOffsetMs(), dayKey(at)]).toEqual(["23:30:05", 0, "Sun Nov 29 2026"]);
      expect(instant(at)).toBe("2026-11-29 23:30:05.007 +00:00");
      expect(day(at, at)).toBe("29 November");
    } finally {
      setZone("local");
    }
  });
});

describe("inputs", () => {
  test("a row says the first plain values of the input", () => {
    expect(inputWords({ country: "Norway", industry: "energy services", nested: { a: 1 } })).toBe(
      "Norway · energy services",
    );
    expect(inputWords({ prospects: "./data/icp.yaml", count: 5_000 })).toBe("icp.yaml · 5000");
    expect(inputWords(null)).toBe("");
    expect(inputWords({ text: "x".repeat(99) })).toHaveLength(40);
  });
});
