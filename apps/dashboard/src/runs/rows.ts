/** The list as rows of the table: a head for each day, then its runs. Pure. */
import type { RunSummary } from "../api/types.js";
import { counted, usd } from "../words/numbers.js";
import { day, dayKey, dayWord } from "../words/times.js";

export type Row =
  | {
      readonly kind: "day";
      readonly key: string;
      readonly word: string | null;
      readonly date: string;
      readonly sum: string;
    }
  | { readonly kind: "run"; readonly run: RunSummary; readonly index: number };

/** `isMore` says that older runs are still to be read: the sum of the last day is not known then. */
export function rowsOf(runs: readonly RunSummary[], nowMs: number, isMore: boolean): readonly Row[] {
  const rows: Row[] = [];
  const days = new Map<string, RunSummary[]>();
  for (const run of runs) {
    const key = dayKey(run.createdAt);
    const found = days.get(key);
    if (found === undefined) days.set(key, [run]);
    else found.push(run);
  }
  let index = 0;
  const keys = [...days.keys()];
  for (const [key, own] of days) {
    const at = own[0]?.createdAt ?? 0;
    const isOpen = isMore && key === keys.at(-1);
    rows.push({ kind: "day", key, word: dayWord(at, nowMs), date: day(at, nowMs), sum: isOpen ? "" : sumOf(own) });
    for (const run of own) rows.push({ kind: "run", run, index: index++ });
  }
  return rows;
}

function sumOf(runs: readonly RunSummary[]): string {
  const of = (...statuses: string[]) => runs.filter(({ status }) => statuses.includes(status)).length;
  const parts = [counted(runs.length, "run")];
  const active = of("queued", "running");
  if (active > 0) parts.push(`${active} running or waiting`);
  const failed = of("failed");
  if (failed > 0) parts.push(`${failed} failed`);
  const cost = runs.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  if (cost > 0) parts.push(usd(cost));
  return parts.join(", ");
}
