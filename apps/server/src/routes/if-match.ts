/** `If-Match`: acts only if the run still has the given revision. Optional; a run's revision is its ETag. */
import { RequestMalformedError, RunChangedError } from "@holdfast/core";
import type { RunSummary } from "@holdfast/engine";

/**
 * The revision that the act must meet; undefined where any will do.
 * @throws {RunChangedError} RUN_CHANGED — when the run is none of those named. @throws {RequestMalformedError}
 */
export function expectedRevision(header: string | undefined, run: RunSummary): string | undefined {
  if (header === undefined || header.trim() === "*") return undefined;
  const tags = header.split(",").map((part) => part.trim().match(/^(?:W\/)?"([\w-]{1,64})"$/)?.[1]);
  const wanted = tags.filter((tag) => tag !== undefined);
  if (wanted.length !== tags.length) {
    throw new RequestMalformedError({
      subject: "the headers",
      issues: [{ path: "if-match", message: 'the ETag of a run, in quotes, or "*" is expected' }],
    });
  }
  const found = run.revision;
  if (wanted.includes(found)) return found;
  throw new RunChangedError({ runId: run.id, expected: wanted.join(", "), found, status: run.status });
}
