/** One schema as JSON Schema, as far as its library can say it. */

/** A schema whose library may describe it. */
export interface WithJsonSchema {
  readonly "~standard": {
    readonly vendor?: string;
    readonly jsonSchema?: Partial<Record<Side, (options: object) => unknown>>;
  };
}

/** "input" is what a caller gives, "output" what the schema makes of it and the workflow sees. */
export type Side = "input" | "output";

/** One description at once; null where its library can say it only later, or not at all. */
export function describeNow(schema: unknown, side: Side): unknown {
  const { jsonSchema } = (schema as WithJsonSchema)["~standard"];
  try {
    return jsonSchema?.[side]?.(OPTIONS) ?? null;
  } catch {
    return null;
  }
}

const OPTIONS = { target: "draft-2020-12", libraryOptions: { unrepresentable: "any" } };

/** One description; null where its library cannot say it. */
export async function describe(schema: WithJsonSchema, side: Side): Promise<unknown> {
  const { jsonSchema, vendor } = schema["~standard"];
  try {
    const own = jsonSchema?.[side]?.(OPTIONS);
    if (own !== undefined) return own;
    // The first versions of zod 4 describe a schema only through a function of their own.
    if (vendor !== "zod") return null;
    const { toJSONSchema } = await import("zod");
    return toJSONSchema(schema as never, { io: side, unrepresentable: "any" });
  } catch {
    return null;
  }
}
