/**
 * What was thrown in a run, as it is recorded: read by code that cannot throw, its secrets taken out, within the bound of a
 * record; the whole of a longer one is kept in a file of the run.
 */
import { boundError, isCutShort, type RecordedError, readError } from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { Execution } from "./execution.js";

export class RunErrors {
  /** As they were recorded: what was thrown is asked for by the attempt, its files and the run. */
  private readonly known = new WeakMap<object, RecordedError>();

  constructor(private readonly execution: Pick<Execution, "mask" | "keep" | "deps" | "run">) {}

  record(thrown: unknown): RecordedError {
    const key = typeof thrown === "object" && thrown !== null ? thrown : null;
    const known = key === null ? undefined : this.known.get(key);
    if (known !== undefined) return known;
    // Masked before it is cut: half a secret would not be found.
    const error = this.execution.mask.error(readError(thrown));
    const bounded = boundError(error);
    const recorded = isCutShort(error, bounded) ? { ...bounded, whole: this.keepWhole(error) } : bounded;
    if (key !== null) this.known.set(key, recorded);
    return recorded;
  }

  /** Beside the large outputs, by its hash. A disk that does not take it has worse to tell than the rest of an error. */
  private keepWhole(error: RecordedError): RecordedError["whole"] {
    const { deps, run } = this.execution;
    const json = JSON.stringify(error);
    this.execution.keep(deps.artifacts.putOutput(run.id, json).catch(() => {}));
    return { sha256: sha256(json), sizeBytes: Buffer.byteLength(json) };
  }
}

/** An error that nobody caught, of an attempt that has ended: a line of the run's log, since nothing can be changed. */
export function tellLate(execution: Execution, stage: string, attempt: number, error: unknown): void {
  if (execution.isOver) return;
  const { name, message, stack } = execution.errorOf(error);
  const said = `an error that nobody caught, after the attempt: ${name}: ${message}`;
  const data = { stage, attempt, message: said, data: { stack } };
  // A line that is lost must not stop the run.
  execution.deps.store.appendEvents(execution.fence, [{ type: "log", data }]).catch(() => {});
}
