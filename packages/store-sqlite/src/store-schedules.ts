/** The contract's schedules over one SQLite file. */
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
import { SqliteData } from "./store-data.js";

export abstract class SqliteSchedules extends SqliteData implements ScheduleStore {
  saveSchedule(save: ScheduleSave): Promise<ScheduleSaved> {
    return this.write("saveSchedule", save);
  }

  getSchedule(name: string): Promise<ScheduleRecord | null> {
    return this.read("getSchedule", name);
  }

  getScheduleSecrets(name: string): Promise<string | null> {
    return this.read("getScheduleSecrets", name);
  }

  listSchedules(query: Parameters<ScheduleStore["listSchedules"]>[0]): Promise<readonly ScheduleRecord[]> {
    return this.read("listSchedules", query);
  }

  listTicks(name: string, limit: number): Promise<readonly TickView[]> {
    return this.read("listTicks", name, limit);
  }

  keepDeclared(declared: Parameters<ScheduleStore["keepDeclared"]>[0]): Promise<readonly string[]> {
    return this.write("keepDeclared", declared);
  }

  getNextTickMs(query: DueQuery): Promise<number | null> {
    return this.read("getNextTickMs", query);
  }

  listDueSchedules(query: DueQuery & { readonly limit: number }): Promise<DueSchedules> {
    return this.read("listDueSchedules", query);
  }

  tickSchedules(ticks: readonly ScheduleTick[]): Promise<readonly ScheduleTicked[]> {
    return ticks.length === 0 ? Promise.resolve([]) : this.write("tickSchedules", ticks);
  }
}
