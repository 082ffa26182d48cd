// Reusing what a model gave before, whoever computed it: rows are found by the hash of the engine, the model's text with
// the parameters it reads, and the digests of its inputs. An input that comes out equal therefore ends a change early.
import type { Connection } from "../database/database.js";

/** A model's rows: where they are, and their digest where it is known (under a cache). */
export interface Rows {
  /** A table expression. */
  readonly table: string;
  readonly digest: string | null;
}

export interface CacheRequest {
  /** The model's text with its parameters, whatever its tables are called. */
  readonly sql: string;
  /** Digests of its inputs, in the order of its text. */
  readonly inputs: readonly string[];
}

export interface Made {
  readonly rows: Rows;
  readonly isHit: boolean;
  /** What a hit saved, milliseconds: what it took to compute. */
  readonly savedMs: number;
}

/** A cache of models' rows. */
export interface ModelCache {
  /** The rows of a model: found, or made by `compute` into `table` and kept. */
  makeRows(request: CacheRequest, connection: Connection, table: string, compute: () => Promise<void>): Promise<Made>;
  /** Make room: what was used longest ago goes first. */
  prune(): Promise<void>;
}
