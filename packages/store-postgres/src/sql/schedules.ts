/** Schedules of the shared package, in one transaction of a server. */
import type { DueQuery, ScheduleSave, ScheduleTick, Store } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { createRun } from "./create-runs.js";
import { steer } from "./moves.js";

const on = (ctx: SqlContext): shared.ScheduleSql => ({
  sql: ctx,
  forUpdate: " FOR UPDATE",
  createRun: (create) => createRun(ctx, create),
  cancelRun: (runId, by, reason) => steer(ctx, { runId, wish: "cancel", reason, by }),
});

export const saveSchedule = (ctx: SqlContext, save: ScheduleSave) =>
  shared.runInOrder(shared.saveSchedule(on(ctx), save));

export const tickSchedules = (ctx: SqlContext, ticks: readonly ScheduleTick[]) =>
  shared.runInOrder(shared.tickSchedules(on(ctx), ticks));

export const keepDeclared = (ctx: SqlContext, declared: Parameters<Store["keepDeclared"]>[0]) =>
  shared.runInOrder(shared.keepDeclared(ctx, declared));

export const getSchedule = (ctx: SqlContext, name: string) => shared.runInOrder(shared.getSchedule(ctx, name));

export const getScheduleSecrets = (ctx: SqlContext, name: string) =>
  shared.runInOrder(shared.getScheduleSecrets(ctx, name));

export const listSchedules = (ctx: SqlContext, query: Parameters<Store["listSchedules"]>[0]) =>
  shared.runInOrder(shared.listSchedules(ctx, query));

export const listTicks = (ctx: SqlContext, name: string, limit: number) =>
  shared.runInOrder(shared.listTicks(ctx, name, limit));

export const getNextTickMs = (ctx: SqlContext, query: DueQuery) => shared.runInOrder(shared.getNextTickMs(ctx, query));

export const listDueSchedules = (ctx: SqlContext, query: DueQuery & { readonly limit: number }) =>
  shared.runInOrder(shared.listDueSchedules(ctx, query));
