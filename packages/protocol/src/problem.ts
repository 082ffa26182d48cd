/** RFC 9457 as a schema; `problemOf` of core makes the document. */
import { z } from "zod";
import { durationMs } from "./scalars.js";

/** The media type of every answer that is no success. */
export const PROBLEM_TYPE = "application/problem+json";

export const problem = z.looseObject({
  type: z.string(),
  title: z.string(),
  status: z.number().int(),
  detail: z.string(),
  instance: z.string().optional(),
  code: z.string().meta({ description: "One of the codes of docs/errors.md." }),
  requestId: z.string().optional(),
  retryable: z.boolean(),
  retryAfterMs: durationMs.nullable(),
  errors: z
    .array(z.looseObject({ pointer: z.string(), detail: z.string() }))
    .meta({ description: "Invalid places, as JSON Pointers." }),
  suggestions: z.array(
    z.looseObject({
      id: z.string(),
      label: z.string(),
      kind: z.enum(["action", "link", "command", "advice"]),
      method: z.string().optional(),
      href: z.string().optional(),
      body: z.unknown().optional(),
      cli: z.string().optional(),
    }),
  ),
});
