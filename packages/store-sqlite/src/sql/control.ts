/** What `control.ts` of the shared package does, at once. */
import type { AuditStamp, ChangeTerms, RunChanged } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";

type HasChanged<R> = Parameters<typeof shared.audited<R>>[4];

export const actOn = <R>(
  ctx: SqlContext,
  runId: string,
  terms: ChangeTerms,
  change: () => R,
  hasChanged: HasChanged<R>,
): R | RunChanged => shared.runNow(shared.actOn(ctx, runId, terms, change, hasChanged));

export const audited = <R>(
  ctx: SqlContext,
  runId: string,
  stamp: AuditStamp | null | undefined,
  change: () => R,
  hasChanged: HasChanged<R>,
): R => shared.runNow(shared.audited(ctx, runId, stamp, change, hasChanged));

export const auditCreated = (ctx: SqlContext, runId: string, stamp: AuditStamp | null | undefined): void =>
  shared.runNow(shared.auditCreated(ctx, runId, stamp));

export const appendAudit = (
  ctx: SqlContext,
  entry: { readonly stamp: AuditStamp; readonly runId: string | null },
): null => shared.runNow(shared.appendAudit(ctx, entry));

export const auditStore = (ctx: SqlContext, stamp: AuditStamp, what: string): void =>
  shared.runNow(shared.auditStore(ctx, stamp, what));
