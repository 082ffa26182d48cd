/** The JSON Schema of what a workflow's input schema accepts, whatever library made it. */
import type { Workflow } from "@holdfast/engine";
import { toJSONSchema } from "zod";

interface WithJsonSchema {
  readonly "~standard": {
    readonly vendor?: string;
    readonly jsonSchema?: { readonly input?: (options: { target: string }) => unknown };
  };
}

/** Null where the library cannot say. */
export function inputJsonSchema(workflow: Workflow): unknown {
  const schema = workflow.definition.input as unknown as WithJsonSchema;
  try {
    const own = schema["~standard"].jsonSchema?.input?.({ target: "draft-2020-12" });
    if (own !== undefined) return own;
    if (schema["~standard"].vendor !== "zod") return null;
    return toJSONSchema(schema as never, { io: "input", unrepresentable: "any" });
  } catch {
    // Some types (a transform, a date) have no JSON Schema.
    return null;
  }
}
