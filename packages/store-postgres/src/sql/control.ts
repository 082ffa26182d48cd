/** What `control.ts` of the shared package does, in one transaction of a server. */
import type { AuditStamp, ChangeTerms, RunChanged } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

type HasChanged<R> = Parameters<typeof shared.audited<R>>[4];

export const actOn = <R>(
  ctx: SqlContext,
  runId: string,
  terms: ChangeTerms,
  change: () => Promise<R>,
  hasChanged: HasChanged<R>,
): Promise<R | RunChanged> => shared.runInOrder(shared.actOn(ctx, runId, terms, change, hasChanged));

export const audited = <R>(
  ctx: SqlContext,
  runId: string,
  stamp: AuditStamp | null | undefined,
  change: () => Promise<R>,
  hasChanged: HasChanged<R>,
): Promise<R> => shared.runInOrder(shared.audited(ctx, runId, stamp, change, hasChanged));

export const auditCreated = (ctx: SqlContext, runId: string, stamp: AuditStamp | null | undefined): Promise<void> =>
  shared.runInOrder(shared.auditCreated(ctx, runId, stamp));

export const appendAudit = (
  ctx: SqlContext,
  entry: { readonly stamp: AuditStamp; readonly runId: string | null },
): Promise<null> => shared.runInOrder(shared.appendAudit(ctx, entry));

export const auditStore = (ctx: SqlContext, stamp: AuditStamp, what: string): Promise<void> =>
  shared.runInOrder(shared.auditStore(ctx, stamp, what));
