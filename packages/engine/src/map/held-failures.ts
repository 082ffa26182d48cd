/**
 * Failures of the outside that used up an item's attempts and are not recorded yet: whether the item has failed, or nobody
 * could have succeeded, shows in what the calls after it meet.
 *
 * At most as many as make an outage. Until it is decided the item has no result: a crash leaves it missing.
 */
import { type ItemResultWrite, isPaid, NO_COST } from "@holdfast/core";
import type { Commits } from "./commits.js";
import type { Ready } from "./ready.js";

export interface Held {
  readonly entry: Ready;
  readonly result: ItemResultWrite;
  /** What it cost is in the store already. */
  readonly isTold: boolean;
}

export class HeldFailures {
  private held: Held[] = [];

  constructor(private readonly commits: Pick<Commits, "addFailure">) {}

  get count(): number {
    return this.held.length;
  }

  hold(entry: Ready, result: ItemResultWrite): void {
    // A budget counts what was spent, whatever becomes of the item.
    const isTold = isPaid(result.cost);
    if (isTold) this.tell(result);
    this.held.push({ entry, result: isTold ? { ...result, cost: NO_COST } : result, isTold });
  }

  /** They are the items' results. */
  settle(): readonly Held[] {
    if (this.held.length === 0) return this.held;
    const settled = this.held;
    this.held = [];
    return settled;
  }

  /** They were attempts that failed, and the items are called again. */
  take(count = this.held.length): readonly Ready[] {
    const taken = this.held.splice(0, count);
    for (const { result, isTold } of taken) if (!isTold) this.tell(result);
    return taken.map(({ entry }) => entry);
  }

  /** They were attempts that failed, and the items stay missing. */
  drop(): void {
    this.take();
  }

  private tell({ key, attempt, category, errorJson, cost }: ItemResultWrite): void {
    this.commits.addFailure({ key, attempt, category: category ?? "other", errorJson: errorJson ?? "null", cost });
  }
}
