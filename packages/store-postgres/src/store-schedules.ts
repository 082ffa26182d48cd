/** The contract's schedules over PostgreSQL. */
import type {
  DueQuery,
  DueSchedules,
  ScheduleRecord,
  ScheduleSave,
  ScheduleSaved,
  ScheduleStore,
  ScheduleTick,
  ScheduleTicked,
  TickView,
} from "@holdfast/core";
import {
  getNextTickMs,
  getSchedule,
  getScheduleSecrets,
  keepDeclared,
  listDueSchedules,
  listSchedules,
  listTicks,
  saveSchedule,
  tickSchedules,
} from "./sql/schedules.js";
import { PostgresData } from "./store-data.js";

export abstract class PostgresSchedules extends PostgresData implements ScheduleStore {
  saveSchedule(save: ScheduleSave): Promise<ScheduleSaved> {
    return this.db.writeAside("strict", (ctx) => saveSchedule(ctx, save));
  }

  getSchedule(name: string): Promise<ScheduleRecord | null> {
    return this.db.readTimeless((ctx) => getSchedule(ctx, name));
  }

  getScheduleSecrets(name: string): Promise<string | null> {
    return this.db.readTimeless((ctx) => getScheduleSecrets(ctx, name));
  }

  listSchedules(query: Parameters<ScheduleStore["listSchedules"]>[0]): Promise<readonly ScheduleRecord[]> {
    return this.db.readTimeless((ctx) => listSchedules(ctx, query));
  }

  listTicks(name: string, limit: number): Promise<readonly TickView[]> {
    return this.db.readTimeless((ctx) => listTicks(ctx, name, limit));
  }

  keepDeclared(declared: Parameters<ScheduleStore["keepDeclared"]>[0]): Promise<readonly string[]> {
    return this.db.writeAside("soft", (ctx) => keepDeclared(ctx, declared));
  }

  getNextTickMs(query: DueQuery): Promise<number | null> {
    return this.db.read((ctx) => getNextTickMs(ctx, query));
  }

  listDueSchedules(query: DueQuery & { readonly limit: number }): Promise<DueSchedules> {
    return this.db.read((ctx) => listDueSchedules(ctx, query));
  }

  /** Beside the lane of runs: a batch of ticks takes longer than any run's write may wait. */
  async tickSchedules(ticks: readonly ScheduleTick[]): Promise<readonly ScheduleTicked[]> {
    if (ticks.length === 0) return [];
    const answers = await this.db.writeAside("strict", (ctx) => tickSchedules(ctx, ticks));
    for (const answer of answers) {
      if (answer.kind !== "ticked") continue;
      for (const { runId, outcome } of answer.done) {
        if (outcome === "started" && runId !== null) this.db.onChanged(runId);
      }
      for (const runId of answer.cancelled) this.db.onChanged(runId);
    }
    return answers;
  }
}
