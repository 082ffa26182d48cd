/**
 * What was thrown in a run, as it is recorded: read by code that cannot throw, its secrets taken out, within the bound of a
 * record; the whole of a longer one is kept in a file of the run.
 */
import { boundError, isCutShort, type RecordedError, type RunId, readError } from "@holdfast/core";
import { sha256 } from "../base/hash.js";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { SecretMask } from "../workflow/secret-mask.js";
import type { PaidCalls } from "./paid-calls.js";

export class RunErrors {
  /** As they were recorded: what was thrown is asked for by the attempt, its files and the run. */
  private known: WeakMap<object, RecordedError> | null = null;

  constructor(
    private readonly of: {
      readonly mask: SecretMask;
      readonly artifacts: Pick<ArtifactStore, "putOutput">;
      readonly paid: Pick<PaidCalls, "keep">;
      readonly runId: RunId;
    },
  ) {}

  record(thrown: unknown): RecordedError {
    const key = typeof thrown === "object" && thrown !== null ? thrown : null;
    const known = key === null ? undefined : this.known?.get(key);
    if (known !== undefined) return known;
    // Masked before it is cut: half a secret would not be found.
    const error = this.of.mask.error(readError(thrown));
    const bounded = boundError(error);
    const recorded = isCutShort(error, bounded) ? { ...bounded, whole: this.keepWhole(error) } : bounded;
    if (key !== null) {
      this.known ??= new WeakMap();
      this.known.set(key, recorded);
    }
    return recorded;
  }

  /** Beside the large outputs, by its hash. A disk that does not take it has worse to tell than the rest of an error. */
  private keepWhole(error: RecordedError): RecordedError["whole"] {
    const { artifacts, paid, runId } = this.of;
    const json = JSON.stringify(error);
    paid.keep(artifacts.putOutput(runId, json).catch(() => {}));
    return { sha256: sha256(json), sizeBytes: Buffer.byteLength(json) };
  }
}
