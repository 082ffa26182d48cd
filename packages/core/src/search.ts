/**
 * Search fields: fields of the input by which a workflow's runs are told apart and found. Declared by the workflow, kept by the
 * store beside the run. Pure.
 */

/** Values are compared over so many characters; a longer text is found by its beginning. */
export const SEARCH_VALUE_CHARS_MAX = 200;
/** Each of them is written with every run. */
export const SEARCH_FIELDS_MAX = 8;

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;

/** A name of a search field: one of the input's, or with dots one inside it. */
export const isSearchField = (name: unknown): name is string =>
  typeof name === "string" && name.length <= 100 && FIELD.test(name);

/** The value of a field in an input; undefined where there is none. What is no text, number, true, false or list of them is none. */
export function searchValueOf(input: unknown, field: string): SearchValue | undefined {
  let value: unknown = input;
  for (const part of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  if (isScalar(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isScalar) ? value : undefined;
}

/** What a run is told apart by. */
export type SearchValue = string | number | boolean | readonly (string | number | boolean)[];

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";
