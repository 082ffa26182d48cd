import { expect, test } from "vitest";
import { Once } from "./once.js";

test("whoever listens before or after it is told hears the first word, once", async () => {
  const once = new Once<string>();
  const heard: string[] = [];
  once.hear((word) => heard.push(`early ${word}`));
  const waited = once.wait();
  once.tell("first");
  once.tell("second");
  once.hear((word) => heard.push(`late ${word}`));
  expect(heard).toEqual(["early first", "late first"]);
  expect([await waited, await once.wait()]).toEqual(["first", "first"]);
});
