import { expect, test } from "vitest";
import { detectIpv } from "../local/ipv-baseline.js";
import { detectSpam } from "../local/spam-rules.js";
import { CATEGORY_SPECS, ERROR_CATEGORIES, isErrorCategory } from "./error-categories.js";
import { ipvVerdictSchema, readVerdict, spamVerdictSchema, verdictJsonSchema } from "./verdict.js";

const good = { ipv_detected: true, confidence: 0.9, indicators: ["shot by husband"], rationale: "Stated." };

test("a valid answer passes, and no kind of invalid one does", () => {
  expect(ipvVerdictSchema.safeParse(good).success).toBe(true);
  const { confidence: _confidence, ...incomplete } = good;
  const bad = [
    incomplete,
    { ...good, ipv_detected: "yes" },
    { ...good, confidence: 1.2 },
    { ...good, confidence: Number.NaN },
    { ...good, indicators: "shot" },
    { ...good, indicators: [1] },
    { ...good, rationale: "x".repeat(4001) },
    { ...good, extra: 1 },
    null,
  ];
  for (const answer of bad) expect(ipvVerdictSchema.safeParse(answer).success, JSON.stringify(answer)).toBe(false);
});

test("the JSON Schema requires every field and allows no other", () => {
  expect(verdictJsonSchema("ipv")).toMatchObject({
    type: "object",
    required: ["ipv_detected", "confidence", "indicators", "rationale"],
    additionalProperties: false,
    properties: {
      ipv_detected: { type: "boolean" },
      confidence: { minimum: 0, maximum: 1 },
      indicators: { type: "array" },
    },
  });
  expect(verdictJsonSchema("spam")).toMatchObject({ required: expect.arrayContaining(["spam_detected"]) });
});

test("both tasks read under common names", () => {
  const { ipv_detected: detected, ...rest } = good;
  expect(readVerdict(good)).toEqual({ detected, ...rest });
  expect(readVerdict({ spam_detected: detected, ...rest })).toEqual({ detected, ...rest });
});

test("answers of the local methods match the schema for models", () => {
  for (const text of ["", "Her husband shot V.", "No domestic violence. ".repeat(400)]) {
    const { method, ...verdict } = detectIpv(text);
    expect(method).toBe("local");
    ipvVerdictSchema.parse(verdict);
    const { method: _method, ...spam } = detectSpam(text, "body");
    spamVerdictSchema.parse(spam);
  }
});

test("every error category says what it means and what the run does", () => {
  expect(Object.keys(CATEGORY_SPECS)).toEqual([...ERROR_CATEGORIES]);
  expect(ERROR_CATEGORIES.filter((category) => CATEGORY_SPECS[category].stopsRun)).toEqual(["auth"]);
  expect(isErrorCategory("timeout")).toBe(true);
  expect(isErrorCategory("toString")).toBe(false);
});
