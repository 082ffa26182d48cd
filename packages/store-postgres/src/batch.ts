/** What a lane and the functions of the database agree on. */
import type pg from "pg";

/** Strict: the answer waits until the write would survive a crash of the server. Soft: until the server has it. */
export type Durability = "strict" | "soft";

/** A function of the database that carries out many calls at once. */
export interface Batch<A, R> {
  /** Carries out calls of one run alone, and those in their order. Else a batch has at most one call of a run. */
  readonly isOfOneRun?: true;
  /** In the order of the calls; undefined: nothing was written of it, and it is to be made singly. */
  send(client: pg.Client, calls: readonly A[], durability: Durability): Promise<readonly (R | undefined)[]>;
}
