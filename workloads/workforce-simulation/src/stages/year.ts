// A stage for each year: computes it, then commits it to the file in one transaction. A year that the file already has,
// from an execution killed between the commit and the record, is answered from the file.

import type { StageContext } from "holdfast";
import { plural } from "holdfast/extend";
import type { YearRecord } from "../executor/commit.js";
import type { SetUp } from "./setup.js";
import { requireRoom, type Simulation, useDatabase } from "./simulation.js";

/** Plain data, since it is the stage's recorded output. */
export type SimulatedYear = {
  readonly year: number;
  readonly headcount: number;
  /** Dollars, as a decimal text. */
  readonly payroll: string;
  readonly digests: Record<string, { readonly rows: number; readonly digest: string }>;
};

/** Pace of this process's years, to estimate the remaining time. A year's work is assumed to grow with the number of people. */
export class YearPace {
  private readonly startedAt: number;
  private doneWork = 0;

  constructor(
    /** Yearly growth of the headcount, as a share. */
    private readonly growth: number,
    private readonly yearCount: number,
    private readonly nowMs: () => number = () => performance.now(),
  ) {
    this.startedAt = nowMs();
  }

  /** Records that the year at this position, counted from 0, is done. */
  finish(place: number): void {
    this.doneWork += this.workOf(place);
  }

  /** Returns `about 40 s left` when the given part of the year at `place` is done; empty before there is an estimate. */
  left(place: number, partDone = 0): string {
    const doneWork = this.doneWork + partDone * this.workOf(place);
    if (doneWork < 0.3 * this.workOf(place)) return "";
    let work = -partDone * this.workOf(place);
    for (let later = place; later < this.yearCount; later++) work += this.workOf(later);
    const leftMs = (work * (this.nowMs() - this.startedAt)) / doneWork;
    return leftMs < 90_000
      ? `about ${Math.ceil(leftMs / 1_000)} s left`
      : `about ${Math.ceil(leftMs / 60_000)} min left`;
  }

  private workOf(place: number): number {
    return (1 + this.growth) ** place;
  }
}

export async function simulateYear(
  context: StageContext,
  of: Simulation,
  { year, setup, pace, onComputed }: { year: number; setup: SetUp; pace: YearPace; onComputed: () => void },
): Promise<SimulatedYear> {
  const { years } = of.input;
  const before = years.indexOf(year);
  return useDatabase(of, { censusDigest: setup.censusDigest }, context, setup.people, async (process) => {
    const stored = await process.ask("stored", year);
    if (stored !== null) {
      context.log(`year ${year} is in the file already`);
      onComputed();
      return outputOf(stored);
    }
    await requireRoom(of, { people: setup.people, yearsLeft: years.length - before, isReplacing: false });
    process.listener = {
      onNotice: (notice) => context.log(notice),
      onProgress: (_year, done, total) => {
        const left = pace.left(before, done / total);
        context.progress(before, years.length, [`${done} of ${total} models`, left].filter(Boolean).join(", "));
      },
    };
    const computing = process.ask("compute", year);
    // Requested at once, so that no message delays the commit after the computation.
    const committing = process.ask("commit", year);
    committing.catch(() => undefined); // a year that cannot be computed is reported as such
    await computing;
    onComputed();
    const record = await committing;
    pace.finish(before);
    const output = outputOf(record);
    const left = before + 1 < years.length ? `; ${pace.left(before + 1)}` : "";
    context.log(
      `${before + 1} of ${plural(years.length, "year")}: ${plural(output.headcount, "person", "people")}, payroll ${output.payroll}${left}`,
    );
    return output;
  });
}

function outputOf({ year, metrics, digests }: YearRecord): SimulatedYear {
  return {
    year,
    headcount: Number(metrics.headcount_end),
    payroll: (metrics.payroll ?? "0").replace(/0000$/, ""), // six decimals, of which dollars use two
    digests: { ...digests },
  };
}
