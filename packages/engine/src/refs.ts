/**
 * References: plain JSON that may be an output, an input of a stage or a run's result. What they point to is read inside
 * stages only, so that a replay never depends on a file.
 */
import type { Unpriced } from "@holdfast/core";

interface Ref<K extends string, T> {
  readonly kind: K;
  readonly runId: string;
  readonly stage: string;
  /** SHA-256 of the content, or of what identifies it: equal digests mean equal content. */
  readonly digest: string;
  readonly "~of"?: T;
}

/** A file that an attempt wrote. */
export interface ArtifactRef<T = unknown> extends Ref<"artifact", T> {
  readonly attempt: number;
  readonly name: string;
  readonly sizeBytes: number;
}

/** The results of a map: counts here, rows by `results(ref)`. */
export interface MapRef<T = unknown> extends Ref<"map", T> {
  readonly total: number;
  readonly ok: number;
  readonly failed: number;
  /** US dollars, of the calls whose price is known; null where calls were made and none of them has a known cost. */
  readonly costUsd: number | null;
  /** The calls of unknown price; absent where there are none. */
  readonly unpriced?: Unpriced | undefined;
}

/** Rows read once from a file. */
export interface DatasetRef<Row = unknown> extends Ref<"dataset", Row> {
  readonly name: string;
  readonly rows: number;
}
