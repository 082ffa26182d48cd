/**
 * What a body names of this machine and of others, checked before a run, a plan or a schema sees it: paths, which are made
 * absolute, and addresses.
 */
import { isAbsolute } from "node:path";
import { type InputIssue, InputPathRefusedError, UploadNotFoundError } from "@holdfast/core";
import { findFormat, inputJsonSchema, type RunSummary, uploadIdIn } from "@holdfast/engine";
import type { ActionBody, PlanBody } from "@holdfast/protocol";
import type { ServerContext } from "../context.js";
import { checkEndpoints } from "./check-endpoints.js";

/** Enough to mend a form. */
const ISSUES_MAX = 20;

/**
 * The same input with every address checked and every path absolute; `under` is where it stands in the body, `owner` whose
 * uploads may be named (null: anybody's). `recorded` is
 * the input that the run has: a path or address that stands in it already may be sent back.
 *
 * @throws {InputPathRefusedError} INPUT_PATH_REFUSED — naming every path that lies in none of the input folders.
 * @throws {InputEndpointRefusedError} INPUT_ENDPOINT_REFUSED — naming every address that is no model host's.
 */
export async function admitInput<T>(
  context: ServerContext,
  workflow: string,
  given: T,
  { under, recorded, owner }: { readonly under: string; readonly recorded?: unknown; readonly owner: string | null },
): Promise<T> {
  const found = context.holdfast.workflows.find(({ name }) => name === workflow);
  // Whoever is asked next says that it does not know this workflow.
  if (found === undefined) return given;
  const schema = await inputJsonSchema(found);
  const subject = `Input of ${workflow}`;
  checkEndpoints({ subject, schema, given, under, recorded, allowed: context.settings.modelHosts });
  const paths = findFormat(schema, given, "path");
  if (paths.length === 0) return given;
  const known = new Set(findFormat(schema, recorded, "path").map(({ pointer, value }) => `${pointer}:${value}`));
  const holder = { given: structuredClone(given) };
  const issues: InputIssue[] = [];
  for (const { parts, pointer, value } of paths) {
    if (isAbsolute(value) && known.has(`${pointer}:${value}`)) continue;
    const uploadId = uploadIdIn(value);
    if (uploadId !== null) {
      const upload = await context.uploads.use(uploadId, owner).catch(absent);
      if (upload !== null) setAt(holder, ["given", ...parts], upload.path);
      else issues.push({ path: [under, ...parts].join("."), message: "names no upload" });
      continue;
    }
    // Schemas trim: what is looked at must be what they make of it.
    const path = await context.inputFolders.find(value.trim());
    if (path !== null) setAt(holder, ["given", ...parts], path);
    else issues.push({ path: [under, ...parts].join("."), message: "is a path outside the server's input folders" });
    if (issues.length === ISSUES_MAX) break;
  }
  if (issues.length > 0) throw new InputPathRefusedError({ subject, issues });
  return holder.given;
}

function absent(error: unknown): null {
  if (error instanceof UploadNotFoundError) return null;
  throw error;
}

/** An action or plan with the paths of its `input` or `set` placed. */
export async function admitInputOf<B extends ActionBody | PlanBody>(
  context: ServerContext,
  run: RunSummary,
  body: B,
  owner: string | null,
): Promise<B> {
  const placed = (given: unknown, under: string) =>
    admitInput(context, run.workflow, given, { under, recorded: run.input, owner });
  if ("set" in body && body.set !== undefined) return { ...body, set: await placed(body.set, "set") };
  if ("input" in body && body.input !== undefined) return { ...body, input: await placed(body.input, "input") };
  return body;
}

function setAt(target: object, parts: readonly string[], value: string): void {
  const above = parts.slice(0, -1).reduce<object>((node, part) => Reflect.get(node, part), target);
  Reflect.set(above, parts.at(-1) ?? "", value);
}
