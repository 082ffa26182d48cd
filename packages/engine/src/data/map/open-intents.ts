/**
 * The intents of a map whose items have no result yet, and the mark before which there is none.
 *
 * A dense list without order, each intent knowing its place in it: a map with millions of items opens and settles as many
 * intents, and the tables of a `Map` that are left behind at such a rate keep alive what stood in the next one.
 */
import type { ItemIntent } from "@holdfast/core";

export interface OpenIntent {
  /** The number under which it was recorded last. */
  n: number;
  readonly index: number;
  readonly key: string;
  readonly attempt: number;
  /** Where it stands in the list; -1 once settled. */
  place: number;
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

  /** Those that an earlier execution left open for this item. */
  left(key: string): readonly OpenIntent[] {
    return this.leftByKey.get(key) ?? [];
  }

  settle(intents: readonly OpenIntent[]): void {
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

  /** Give all new numbers, behind every number given so far. */
  renumber(): readonly OpenIntent[] {
    for (const intent of this.list) intent.n = this.nextN++;
    return this.list;
  }

  /** No intent with a smaller number is open. Walks the list: for once a commit. */
  get low(): number {
    let low = this.nextN;
    for (const { n } of this.list) if (n < low) low = n;
    return low;
  }

  private push(n: number, index: number, key: string, attempt: number): OpenIntent {
    const intent = { n, index, key, attempt, place: this.list.length };
    this.list.push(intent);
    return intent;
  }
}
