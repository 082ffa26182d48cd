/**
 * The intents of a map whose items have no durable result yet, and the mark before which there is none.
 *
 * A dense list without order, each intent knowing its place in it: a map with millions of items opens and settles as many
 * intents, and the tables of a `Map` that are left behind at such a rate keep alive what stood in the next one.
 *
 * An intent is settled, or takes another number, in a batch; it counts for everybody else once that batch is written.
 */
import type { ItemIntent } from "@holdfast/core";

export interface OpenIntent {
  /** The number under which it was recorded last. */
  n: number;
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
  /** Where it stands in the list; -1 once closed. */
  place: number;
  /** The batch that closes it; null while none does. */
  closedBy: object | null;
}

/** An intent that is recorded once more, behind all others. */
export interface MovedIntent {
  readonly intent: OpenIntent;
  readonly n: number;
}

export class OpenIntents {
  private readonly list: OpenIntent[] = [];
  private readonly leftByKey = new Map<string, OpenIntent[]>();

  constructor(
    private nextN: number,
    /** By earlier executions that died: open until their items have results. */
    left: readonly ItemIntent[],
  ) {
    for (const { n, index, key, attempt } of left) {
      const intent = this.push(n, index, key, attempt);
      const known = this.leftByKey.get(key);
      if (known === undefined) this.leftByKey.set(key, [intent]);
      else known.push(intent);
    }
  }

  add({ index, key, attempt }: Omit<ItemIntent, "n">): OpenIntent {
    return this.push(this.nextN++, index, key, attempt);
  }

  /** Where the item of an open intent stands; null where none is open. Walks the list: for the rare key that may be taken twice. */
  indexOf(key: string): number | null {
    return this.list.find((intent) => intent.key === key)?.index ?? null;
  }

  /** Those that an earlier execution left open for this item. */
  left(key: string): readonly OpenIntent[] {
    return this.leftByKey.get(key) ?? [];
  }

  /** The batch that closes these is durable. */
  close(intents: readonly OpenIntent[]): void {
    for (const intent of intents) {
      if (intent.place < 0) continue;
      const last = this.list.pop() as OpenIntent;
      if (last !== intent) {
        this.list[intent.place] = last;
        last.place = intent.place;
      }
      intent.place = -1;
    }
  }

  /** New numbers, behind every number given so far, for all that `batch` does not settle. They count once it is written. */
  renumber(batch: object): readonly MovedIntent[] {
    return this.list.filter((intent) => intent.closedBy !== batch).map((intent) => ({ intent, n: this.nextN++ }));
  }

  /**
   * No intent with a smaller number is open once `batch` is written, which moves `moved`. Walks the list: for once a commit.
   */
  lowWith(batch: object, moved: readonly MovedIntent[]): number {
    const movedTo = moved.length === 0 ? null : new Map(moved.map(({ intent, n }) => [intent, n]));
    let low = this.nextN;
    for (const intent of this.list) {
      if (intent.closedBy === batch) continue;
      const n = movedTo?.get(intent) ?? intent.n;
      if (n < low) low = n;
    }
    return low;
  }

  private push(n: number, index: number, key: string, attempt: number): OpenIntent {
    const intent = { n, index, key, attempt, place: this.list.length, closedBy: null };
    this.list.push(intent);
    return intent;
  }
}
