/** The contract's writes that take leases: a claim, and a new or resumed run that is claimed at once. Their answer may be lost. */
import type {
  Claim,
  ClaimRequest,
  ClaimRunOutcome,
  ClaimTerms,
  CreateOutcome,
  RequeueRequest,
  RestartRequest,
  RunCreate,
  RunId,
  RunStatus,
} from "@holdfast/core";
import { type ClaimRow, toClaim, toRequeueOutcome } from "@holdfast/store-sql";
import type pg from "pg";
import type { SqlContext } from "./context.js";
import type { Database } from "./database.js";
import { LostClaims, under } from "./lost-claims.js";
import { claim } from "./sql/claim.js";
import { claimCall, claimOnce } from "./sql/claim-once.js";
import { CREATES, createCall } from "./sql/create-batch.js";
import { createRun } from "./sql/create-runs.js";
import { instantAt } from "./sql/lease-rules.js";
import { requeue, restart } from "./sql/moves.js";
import { stamped } from "./stamped.js";
import { PostgresManagement } from "./store-management.js";

type Requeued = ClaimRunOutcome | { readonly kind: "queued"; readonly from: RunStatus };

export abstract class PostgresClaims extends PostgresManagement {
  private readonly lostClaims: LostClaims;

  constructor(db: Database) {
    super(db);
    this.lostClaims = new LostClaims(db);
  }

  createRun(create: RunCreate): Promise<CreateOutcome> {
    const singly = async (ctx: SqlContext): Promise<CreateOutcome> => {
      const result = await createRun(ctx, create);
      if (result.kind !== "created") return { ...result, runId: result.runId as RunId };
      return { kind: "created", claim: result.claim === null ? null : toClaim(result.claim, instantAt(ctx.wallMs)) };
    };
    const call = () => createCall(create, this.db.names);
    return this.claiming(
      create.claim,
      (within) => this.db.createMany(create.id, CREATES, call, within(singly)),
      (claim) => ({ kind: "created", claim }),
    );
  }

  async requeue(request: RequeueRequest): Promise<Requeued> {
    return this.requeued(request, (ctx) => stamped(ctx, requeue(ctx, request)));
  }

  async restart(request: RestartRequest): Promise<Requeued> {
    return this.requeued(request, (ctx) => stamped(ctx, restart(ctx, request)));
  }

  async claim(request: ClaimRequest): Promise<readonly Claim[]> {
    if (request.limit <= 0 || request.workflows.length === 0) return [];
    this.db.presence.attend(request.holder);
    const found = await this.lostClaims.findFor(request);
    return found.length > 0
      ? found
      : this.lostClaims.send(
          request.holder,
          (nonce) => this.take(request, nonce),
          (all) => all,
        );
  }

  private async take(request: ClaimRequest, nonce: string): Promise<readonly Claim[]> {
    const once = () => {
      const call = claimCall(request, this.db.names, nonce);
      return call === null ? null : (client: pg.Client) => claimOnce(client, call);
    };
    const work = under(nonce, (ctx) => claim(ctx, request));
    return (await this.db.claim<readonly ClaimRow[]>(once, work)).map((row) => {
      this.db.onChanged(row.run.run_id as RunId);
      // The row was read in the transaction that changed it.
      return toClaim(row, instantAt(row.run.updated_at));
    });
  }

  /** A write that may take a lease. If its answer is lost, `as` tells of what it took. */
  private claiming<T>(
    terms: ClaimTerms | null,
    write: (within: <R>(work: (ctx: SqlContext) => Promise<R>) => (ctx: SqlContext) => Promise<R>) => Promise<T>,
    as: (claim: Claim) => T,
  ): Promise<T> {
    if (terms === null) return write((work) => work);
    // Others must be able to tell that its process has ended.
    this.db.presence.attend(terms.holder);
    const send = (nonce: string) => write((work) => under(nonce, work));
    return this.lostClaims.send(terms.holder, send, ([claim]) => as(claim));
  }

  private requeued(
    { runId, claim }: Pick<RequeueRequest, "runId" | "claim">,
    work: (ctx: SqlContext) => ReturnType<typeof stamped<Awaited<ReturnType<typeof requeue>>>>,
  ): Promise<Requeued> {
    return this.claiming(
      claim,
      async (within) => {
        const { result, now } = await this.db.write("strict", runId, within(work));
        return toRequeueOutcome(result, now);
      },
      (found) => ({ kind: "claimed", claim: found }),
    );
  }
}
