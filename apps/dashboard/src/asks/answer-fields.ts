/** The answer's JSON Schema as fields, and the answer that they make: pure. */
import {
  type Field,
  fieldsOf,
  idOf,
  inputOf,
  type JsonSchema,
  readValue,
  type Values,
} from "../start/schema-fields.js";

/** Null where the schema's library could not describe it. */
export function fieldsOfAnswer(schema: unknown): readonly Field[] {
  const read = (schema ?? {}) as JsonSchema;
  return fieldsOf(read).map((field) => {
    if (field.path !== "") return field;
    const label = read.title ?? "Answer";
    return schema === null ? { ...field, label, isRequired: false, hint: "JSON" } : { ...field, label };
  });
}

/** A whole answer that is left empty is null, not an empty object. */
export function answerOf(fields: readonly Field[], values: Values): unknown {
  const [whole] = fields;
  if (whole?.path !== "") return inputOf(fields, values);
  return readValue(whole, values[idOf("")] ?? whole.initial).value ?? null;
}
