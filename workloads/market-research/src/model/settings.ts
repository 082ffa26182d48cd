/**
 * The language model that writes, as part of the run's input. Without it, no model is called.
 *
 * A key is never part of an input or a run: the input names the environment variable that holds it.
 */
import { MODEL_FIELDS, requireBaseUrl } from "@holdfast/models";
import { z } from "zod";

/** Longer names do not fit the slide that names the model. */
const NAME_LENGTH_MAX = 80;

export const modelSettings = z
  .strictObject({
    ...MODEL_FIELDS,
    name: z
      .string()
      .trim()
      .min(1)
      .max(NAME_LENGTH_MAX)
      .regex(/^[^\r\n`]*$/, "must be one line without backticks")
      .describe("The model's name as its provider spells it"),
  })
  .refine(...requireBaseUrl);
