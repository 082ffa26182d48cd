/** Schedules of the shared package over one connection, which answers at once. */
import type { DueQuery, ScheduleSave, ScheduleSaved, ScheduleTick, ScheduleTicked, Store } from "@holdfast/core";
import * as shared from "@holdfast/store-sql";
import type { SqlContext } from "../context.js";
import { createRuns } from "./create-runs.js";
import { steer } from "./moves.js";

const on = (ctx: SqlContext): shared.ScheduleSql => ({
  sql: ctx,
  forUpdate: "",
  createRun: (create) => createRuns(ctx, [[create]])[0] as { readonly kind: "created" | "idTaken" | "existing" },
  cancelRun: (runId, by, reason) => steer(ctx, { runId, wish: "cancel", reason, by }),
});

export const saveSchedule = (ctx: SqlContext, save: ScheduleSave): ScheduleSaved =>
  shared.runNow(shared.saveSchedule(on(ctx), save));

export const tickSchedules = (ctx: SqlContext, ticks: readonly ScheduleTick[]): ScheduleTicked[] =>
  shared.runNow(shared.tickSchedules(on(ctx), ticks));

export const keepDeclared = (ctx: SqlContext, declared: Parameters<Store["keepDeclared"]>[0]): string[] =>
  shared.runNow(shared.keepDeclared(ctx, declared));

export const getSchedule = (ctx: SqlContext, name: string) => shared.runNow(shared.getSchedule(ctx, name));

export const getScheduleSecrets = (ctx: SqlContext, name: string) =>
  shared.runNow(shared.getScheduleSecrets(ctx, name));

export const listSchedules = (ctx: SqlContext, query: Parameters<Store["listSchedules"]>[0]) =>
  shared.runNow(shared.listSchedules(ctx, query));

export const listTicks = (ctx: SqlContext, name: string, limit: number) =>
  shared.runNow(shared.listTicks(ctx, name, limit));

export const getNextTickMs = (ctx: SqlContext, query: DueQuery) => shared.runNow(shared.getNextTickMs(ctx, query));

export const listDueSchedules = (ctx: SqlContext, query: DueQuery & { readonly limit: number }) =>
  shared.runNow(shared.listDueSchedules(ctx, query));
