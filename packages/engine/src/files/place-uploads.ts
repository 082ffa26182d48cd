/** `upload:<id>` in an input stands for the path of a file that was sent: wherever the schema has a path, before it is parsed. */
import { BadInputError, UploadNotFoundError } from "@holdfast/core";
import type { Workflow } from "../workflow/define-workflow.js";
import { inputJsonSchema } from "../workflow/input-schema.js";
import { findFormat } from "../workflow/marked.js";
import type { UploadStore } from "./upload-store.js";

const UPLOAD = /^upload:(.*)$/s;

/** The id that a text names; null where it names no upload. */
export function uploadIdIn(text: string): string | null {
  return UPLOAD.exec(text.trim())?.[1]?.trim() ?? null;
}

/**
 * The same input with paths in place of uploads. A run of an owner takes the owner's alone, one of nobody takes any.
 * @throws {BadInputError} BAD_INPUT — naming each field whose upload is not there, or is somebody else's.
 */
export async function placeUploads<T>(
  uploads: UploadStore,
  workflow: Workflow,
  given: T,
  owner: string | null,
): Promise<T> {
  const schema = await inputJsonSchema(workflow);
  const named = findFormat(schema, given, "path").filter(({ value }) => uploadIdIn(value) !== null);
  if (named.length === 0) return given;
  const holder = { given: structuredClone(given) };
  const issues: { path: string; message: string }[] = [];
  for (const { parts, value } of named) {
    try {
      const { path } = await uploads.use(uploadIdIn(value) ?? "", owner);
      setAt(holder, ["given", ...parts], path);
    } catch (error) {
      if (!(error instanceof UploadNotFoundError)) throw error;
      issues.push({ path: parts.join("."), message: `there is no upload ${JSON.stringify(value.slice(0, 80))}` });
    }
  }
  if (issues.length > 0) throw new BadInputError({ subject: `the input of ${workflow.name}`, issues });
  return holder.given;
}

function setAt(target: object, parts: readonly string[], value: string): void {
  const above = parts.slice(0, -1).reduce<object>((node, part) => Reflect.get(node, part), target);
  Reflect.set(above, parts.at(-1) ?? "", value);
}
