/** Calling operations: where one runs (writer thread, this thread, the reading connection) was decided at opening. */
import { type Store, StoreClosedError } from "@holdfast/core";
import type { ChangeWatcher } from "./change-watcher.js";
import type { Examined } from "./examine.js";
import type { StoreTime } from "./store-time.js";
import type { TextReader } from "./text-reader.js";
import type { Writer } from "./writer-client.js";
import { type ArgsOf, CODE_OF, type OperationName, type ResultOf } from "./writes.js";

/** What opening a store decided; see `open.ts`. */
export interface StoreParts {
  readonly location: string;
  readonly time: StoreTime;
  readonly writer: Writer;
  read<N extends OperationName>(name: N, args: ArgsOf<N>): Promise<ResultOf<N>>;
  /** Reads events as text away from this thread; null where nobody else can, and its answer where that failed. */
  readonly readText: TextReader["read"] | null;
  /** Reads before it returns; null where another thread has the data. */
  readonly readNow: (<N extends OperationName>(name: N, args: ArgsOf<N>) => ResultOf<N>) | null;
  readonly durability: "full" | "normal";
  readonly beatModule: Store["beatModule"];
  readonly processModule: Store["processModule"];
  /** Watches the file for commits; null where nobody else can commit, and under a virtual clock. */
  readonly changes: ChangeWatcher | null;
  sizeOfLog(): Promise<number>;
  backup(file: string): Promise<void>;
  examine(isChecked: boolean): Promise<Examined>;
  release(): Promise<void>;
}

export abstract class SqliteOperations {
  readonly location: string;
  readonly beatModule: Store["beatModule"];
  readonly processModule: Store["processModule"];
  /** Left out where the store gives no hints. */
  readonly subscribe?: NonNullable<Store["subscribe"]>;
  protected closed: Promise<void> | null = null;

  constructor(protected readonly parts: StoreParts) {
    this.location = parts.location;
    this.beatModule = parts.beatModule;
    this.processModule = parts.processModule;
    const { changes } = parts;
    if (changes !== null) this.subscribe = (topics, onChange) => changes.subscribe(topics, onChange);
  }

  protected write<N extends OperationName>(name: N, ...args: ArgsOf<N>): Promise<ResultOf<N>> {
    if (this.closed !== null) return Promise.reject(new StoreClosedError({ location: this.location }));
    // A claim goes at once: the writer looks for the next runs while this thread executes those of the claim before.
    return this.parts.writer.call(CODE_OF[name], args, name === "claim") as Promise<ResultOf<N>>;
  }

  protected read<N extends OperationName>(name: N, ...args: ArgsOf<N>): Promise<ResultOf<N>> {
    if (this.closed !== null) return Promise.reject(new StoreClosedError({ location: this.location }));
    return this.parts.read(name, args);
  }
}
