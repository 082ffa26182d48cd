import { expect, test } from "vitest";
import { answerOf, fieldsOfAnswer } from "./answer-fields.js";
import { refusalOf, toWhom, untilWhen } from "./question-words.js";

test("addressees are told by name and by role", () => {
  expect(toWhom([])).toBe("whoever may act on the run");
  expect(toWhom(["role:operator", "user:ann"])).toBe("operators, ann");
  expect(refusalOf({ to: ["user:ann"], mayAnswer: true })).toBeNull();
  expect(refusalOf({ to: ["user:ann"], mayAnswer: false })).toContain("It is asked of ann");
});

test("a question without a timeout has no end", () => {
  const noon = new Date(2026, 10, 30, 12).getTime();
  expect(untilWhen({ dueAt: null }, noon)).toBe("no end");
  expect(untilWhen({ dueAt: noon + 60_000 }, noon)).toBe("until 12:01");
});

test("an answer that is no object is one field; without a schema it is JSON, and may be left empty", () => {
  const choice = fieldsOfAnswer({ type: "string", enum: ["yes", "no"] });
  expect(choice).toMatchObject([{ path: "", kind: "choice", label: "Answer", isRequired: true }]);
  expect(answerOf(choice, { f_: "no" })).toBe("no");
  const any = fieldsOfAnswer(null);
  expect(any).toMatchObject([{ path: "", kind: "json", label: "Answer", isRequired: false }]);
  expect(answerOf(any, { f_: "" })).toBeNull();
  expect(answerOf(any, { f_: "[1]" })).toEqual([1]);
  const members = fieldsOfAnswer({ type: "object", properties: { publish: { type: "boolean" } } });
  expect(answerOf(members, { f_publish: true })).toEqual({ publish: true });
  expect(answerOf(fieldsOfAnswer({ type: "object", properties: {} }), {})).toEqual({});
});
