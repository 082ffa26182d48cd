// Reuses rows of models computed earlier by any run. Rows are found by the hash of the engine version, the model's text
// with the parameters it reads, and the digests of its inputs. If an input comes out equal, a change therefore
// propagates no further.
import type { Connection } from "../database/database.js";

/** A model's rows: where they are and, with a cache, their digest. */
export interface Rows {
  /** A table expression. */
  readonly table: string;
  readonly digest: string | null;
}

export interface CacheRequest {
  /** The model's text with its parameters, independent of table names. */
  readonly sql: string;
  /** Digests of its inputs, in the order of its text. */
  readonly inputs: readonly string[];
}

export interface Made {
  readonly rows: Rows;
  readonly isHit: boolean;
  /** Milliseconds that a hit saved: the original computing time. */
  readonly savedMs: number;
}

/** A cache of model rows. */
export interface ModelCache {
  /** Returns the rows of a model: found, or computed by `compute` into `table` and kept. */
  makeRows(request: CacheRequest, connection: Connection, table: string, compute: () => Promise<void>): Promise<Made>;
  /** Evicts the least recently used entries. */
  prune(): Promise<void>;
}
