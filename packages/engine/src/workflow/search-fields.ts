/** Search fields of a workflow, checked against its input where that can be described: never a secret, and none that is not there. */
import { isSearchField, nearest, SEARCH_FIELDS_MAX, WrongUseError } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";
import { findSecrets, namesAt } from "./marked.js";
import { describeNow } from "./schema-json.js";

/** @throws {WrongUseError} WRONG_USE — naming the field. */
export function checkSearch(workflow: string, fields: unknown, input: Schema): void {
  const refuse = (problem: string): never => {
    throw new WrongUseError({ problem: `Workflow ${workflow}, search: ${problem}.` });
  };
  if (!Array.isArray(fields)) throw refuse("a list of fields of the input is expected");
  if (fields.length > SEARCH_FIELDS_MAX)
    refuse(`at most ${SEARCH_FIELDS_MAX} fields are expected, ${fields.length} were given`);
  if (new Set(fields).size < fields.length) refuse("a field is named twice");
  for (const field of fields) {
    if (!isSearchField(field))
      refuse(`"${String(field)}" is no field: letters, digits, "_", and dots between are expected`);
    for (const side of ["input", "output"] as const) checkField(describeNow(input, side), field, refuse);
  }
}

/** The same of a described schema: some libraries describe theirs only later. */
export function checkField(schema: unknown, field: string, refuse: (problem: string) => void): void {
  if (schema === null) return;
  const parts = field.split(".");
  // An input that has this field and nothing else, with one value or a list.
  for (const leaf of ["x", ["x"]]) {
    const sample = parts.reduceRight<unknown>((inner, part) => ({ [part]: inner }), leaf);
    if (findSecrets(schema, sample).length > 0) refuse(`${field} is a secret, and nobody may search for one`);
  }
  for (const [depth, part] of parts.entries()) {
    const names = namesAt(schema, parts.slice(0, depth));
    if (names === null || names.includes(part)) continue;
    const near = nearest(part, names);
    const where = depth === 0 ? "the input" : parts.slice(0, depth).join(".");
    refuse(
      `${where} has no field ${part}${near === null ? `; it has ${names.join(", ")}` : `. Did you mean ${near}?`}`.replace(
        /\?$/,
        "",
      ),
    );
  }
}
