import { expect, test } from "vitest";
import { renderPrompt, unknownPlaceholders } from "./template.js";

const subject = { caseKey: "0001", type: "le", text: "V was found. {{case_key}} $& $1" };

test("placeholders are filled, with or without spaces, and dollar signs in a narrative stay", () => {
  const prompt = { version: "1", system: "{{narrative_type}}", template: "{{ narrative_type_title }}:\n{{narrative}}" };
  expect(renderPrompt(prompt, subject)).toEqual({
    system: "le",
    user: "law enforcement:\nV was found. {{case_key}} $& $1",
  });
});

test("a narrative that contains a placeholder is not expanded again", () => {
  expect(renderPrompt({ version: "1", template: "{{narrative}}" }, subject).user).toContain("{{case_key}}");
});

test("a prompt without a system part renders none", () => {
  expect(renderPrompt({ version: "1", template: "x" }, subject)).toEqual({ system: null, user: "x" });
});

test("unknown placeholders are listed once and refused when rendered", () => {
  expect(unknownPlaceholders("{{a}} {{narrative}} {{ a }} {{constructor}}")).toEqual(["a", "constructor"]);
  for (const name of ["label", "constructor", "__proto__"]) {
    expect(() => renderPrompt({ version: "2", template: `{{${name}}}` }, subject)).toThrow(RangeError);
  }
});

test("a type of the user's own is shown by its name", () => {
  expect(renderPrompt({ version: "1", template: "{{narrative_type_title}}" }, { ...subject, type: "ems" }).user).toBe(
    "ems",
  );
});
