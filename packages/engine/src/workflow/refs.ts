/**
 * References: plain JSON that may be an output, an input of a stage or a run's result. What they point to is read inside
 * stages only, so that a replay never depends on a file.
 */
import type { Unpriced } from "@holdfast/core";

/** What all references have in common. */
interface Ref<K extends string, T> {
  /** Tells the references apart. */
  readonly kind: K;
  /** Run that made it. */
  readonly runId: string;
  /** Stage that made it. */
  readonly stage: string;
  /** SHA-256 of the content, or of what identifies it: equal digests mean equal content. */
  readonly digest: string;
  /** Type of what it points to; never present at run time. */
  readonly "~of"?: T;
}

/** A file that an attempt wrote. */
export interface ArtifactRef<T = unknown> extends Ref<"artifact", T> {
  /** Attempt that wrote it, from 1. */
  readonly attempt: number;
  /** File name without folders. */
  readonly name: string;
  /** Size in bytes. */
  readonly sizeBytes: number;
}

/** The results of a map: counts here, rows by `results(ref)`. */
export interface MapRef<T = unknown> extends Ref<"map", T> {
  /** Items. */
  readonly total: number;
  /** Items with a result. */
  readonly ok: number;
  /** Items whose outcome is an error. */
  readonly failed: number;
  /** US dollars, of the calls whose price is known; null where calls were made and none of them has a known cost. */
  readonly costUsd: number | null;
  /** The calls of unknown price. Left out where there are none. */
  readonly unpriced?: Unpriced | undefined;
}

/** Rows read once from a file. */
export interface DatasetRef<Row = unknown> extends Ref<"dataset", Row> {
  /** Name it was ingested under. */
  readonly name: string;
  /** Number of rows. */
  readonly rows: number;
}
