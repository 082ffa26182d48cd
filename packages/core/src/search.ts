/**
 * Search fields: input fields that identify and find a workflow's runs. The workflow declares them, and the store keeps
 * them beside the run. Pure.
 */

/** Maximum number of characters compared. A longer text is found by its beginning. */
export const SEARCH_VALUE_CHARS_MAX = 200;
/** Maximum number of search fields, since each is written with every run. */
export const SEARCH_FIELDS_MAX = 8;

const FIELD = /^[A-Za-z_][A-Za-z0-9_]*(\.[A-Za-z_][A-Za-z0-9_]*)*$/;

/** Returns whether a value can name a search field: an input field or, with dots, a nested one. */
export const isSearchField = (name: unknown): name is string =>
  typeof name === "string" && name.length <= 100 && FIELD.test(name);

/**
 * Returns a field's value in an input; undefined if there is none, or if it is not a text, number, boolean or list of
 * these.
 */
export function searchValueOf(input: unknown, field: string): SearchValue | undefined {
  let value: unknown = input;
  for (const part of field.split(".")) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, part)) return undefined;
    value = Reflect.get(value, part);
  }
  if (isScalar(value)) return value;
  return Array.isArray(value) && value.length > 0 && value.every(isScalar) ? value : undefined;
}

/** Value of a search field. */
export type SearchValue = string | number | boolean | readonly (string | number | boolean)[];

const isScalar = (value: unknown): value is string | number | boolean =>
  typeof value === "string" || typeof value === "number" || typeof value === "boolean";
