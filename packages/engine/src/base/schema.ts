/** Standard Schema, called one way: a value or the list of what does not fit. */
import type { InputIssue } from "@holdfast/core";
import type { StandardSchemaV1 as Schema } from "@standard-schema/spec";

export type Validated<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly issues: readonly InputIssue[] };

export async function validate<T>(schema: Schema<unknown, T>, value: unknown): Promise<Validated<T>> {
  const result = await schema["~standard"].validate(value);
  if (result.issues === undefined) return { ok: true, value: result.value };
  return {
    ok: false,
    issues: result.issues.map((issue) => ({
      path: (issue.path ?? [])
        .map((part) => String(typeof part === "object" && part !== null ? part.key : part))
        .join("."),
      message: issue.message,
    })),
  };
}
