/**
 * Claims whose answer was lost: the server may have given runs to this process, which does not know of them. The nonce of a claim
 * is made here before it is sent, and those of its leases begin with it, so what it took is found by it.
 *
 * this process                         server
 * claim, nonce n
 *   … the connection is cut …          takes run-7 under n, or has not come to it yet
 * asks for n: run-7, and goes on       extends the lease: it counts from this question, as after a heartbeat
 * asks for n: nothing                  commits, a moment later
 * asks again before its next claim     run-7
 */
import {
  type Claim,
  type ClaimRequest,
  type Holder,
  isThrown,
  type RunId,
  StoreUnreachableError,
} from "@holdfast/core";
import { toClaim } from "@holdfast/store-sql";
import { STATEMENT_MAX_MS } from "./connections.js";
import type { SqlContext } from "./context.js";
import type { Database } from "./database.js";
import { newNonce } from "./nonce.js";
import { findClaims } from "./sql/claim.js";
import { instantAt } from "./sql/lease-rules.js";
import { holderName } from "./sql/names.js";
import { after } from "./timers.js";

/** A statement that the server still has ends by then. Whatever else is found by nobody is recovered when its lease ends. */
const ASKED_FOR_MS = 2 * STATEMENT_MAX_MS;

interface LostClaim {
  readonly nonce: string;
  /** Numbers of the runs that this process has heard of since. */
  readonly known: Set<number>;
  isForgotten: boolean;
}

export class LostClaims {
  /** By holder: several workers of a process have a name each. What is being asked for is not in it, so that nothing is found twice. */
  private readonly lost = new Map<string, LostClaim[]>();

  constructor(private readonly db: Database) {}

  /** What earlier claims of the holder took, as far as it fits the request. */
  async findFor({ holder, workflows, limit }: ClaimRequest): Promise<readonly Claim[]> {
    const name = holderName(holder);
    const asked = this.lost.get(name);
    if (asked === undefined) return [];
    this.lost.delete(name);
    try {
      return await this.find(asked, { workflows, limit });
    } finally {
      const left = [...(this.lost.get(name) ?? []), ...asked.filter(({ isForgotten }) => !isForgotten)];
      if (left.length > 0) this.lost.set(name, left);
    }
  }

  /**
   * Sends a claim under a nonce of its own. If its answer is lost, asks at once what it took, and answers with `as`; where nothing is
   * found the loss is thrown, and the nonce is kept for the holder's next claim.
   */
  async send<T>(
    holder: Holder,
    claim: (nonce: string) => Promise<T>,
    as: (claims: readonly [Claim, ...Claim[]]) => T,
  ): Promise<T> {
    const nonce = newNonce();
    try {
      return await claim(nonce);
    } catch (thrown) {
      if (!isThrown(thrown, StoreUnreachableError) || thrown.details.isAnswerLost !== true) throw thrown;
      const lost: LostClaim = { nonce, known: new Set(), isForgotten: false };
      const terms = { workflows: null, limit: Number.MAX_SAFE_INTEGER };
      const [first, ...more] = await this.find([lost], terms).catch(() => []);
      if (first !== undefined) return as([first, ...more]);
      const name = holderName(holder);
      this.lost.set(name, [...(this.lost.get(name) ?? []), lost]);
      after(ASKED_FOR_MS, () => {
        lost.isForgotten = true;
      });
      throw thrown;
    }
  }

  private async find(
    lost: readonly LostClaim[],
    terms: { readonly workflows: readonly string[] | null; readonly limit: number },
  ): Promise<readonly Claim[]> {
    const nonces = lost.map(({ nonce }) => nonce);
    const known = lost.flatMap((one) => [...one.known]);
    const rows = await this.db.claim(
      () => null,
      (ctx) => findClaims(ctx, { nonces, known, ...terms }),
    );
    const byNonce = new Map(lost.map((one) => [one.nonce, one]));
    return rows.map((row) => {
      byNonce.get(row.nonce.split(".")[0] as string)?.known.add(row.run.run_k);
      this.db.onChanged(row.run.run_id as RunId);
      return toClaim(row, instantAt(row.run.updated_at));
    });
  }
}

/** The same work, with leases under nonces that begin with this one. */
export const under =
  <T>(nonce: string, work: (ctx: SqlContext) => Promise<T>) =>
  (ctx: SqlContext): Promise<T> => {
    let count = 0;
    ctx.newNonce = () => `${nonce}.${++count}`;
    return work(ctx);
  };
