/** The child's side of limiters that hold over the whole worker: asks the parent for each turn. */
import type { SharedLimiter, SharedLimits, SharedPermit } from "@holdfast/core";
import type { FromChild, ToChild } from "./protocol.js";

interface Waiting {
  readonly limiter: ChildLimiter;
  readonly grant: (permit: SharedPermit) => void;
}

export class ChildLimits implements SharedLimits {
  private isLoading = true;
  private joinedCount = 0;
  private turnCount = 0;
  private readonly waiting = new Map<number, Waiting>();

  constructor(private readonly tell: (message: FromChild) => void) {}

  /** The modules are loaded: what is made without a name from here on is of one run. */
  endLoading(): void {
    this.isLoading = false;
  }

  join({ module, name, options }: Parameters<SharedLimits["join"]>[0]): SharedLimiter | null {
    if (name === null && !this.isLoading) return null;
    const key = name === null ? `#${this.joinedCount++}` : `name:${name}`;
    const limiter = { key, module, options: JSON.stringify(options) };
    return new ChildLimiter({
      ask: (of, tokens, grant) => {
        const turn = ++this.turnCount;
        this.waiting.set(turn, { limiter: of, grant });
        this.tell({ kind: "acquire", turn, tokens, ...limiter });
        return () => {
          if (this.waiting.delete(turn)) this.tell({ kind: "giveUp", turn });
        };
      },
      observe: (state) => this.tell({ kind: "observe", state, ...limiter }),
    });
  }

  hear({ turn, limit, heldUntilMs }: Extract<ToChild, { kind: "granted" }>): void {
    const permit: SharedPermit = { release: (outcome) => this.tell({ kind: "release", turn, outcome }) };
    const waiting = this.waiting.get(turn);
    this.waiting.delete(turn);
    // Given up while the grant was on its way: the turn is given back.
    if (waiting === undefined) {
      permit.release({ kind: "neutral" });
      return;
    }
    waiting.limiter.seen = { limit, heldUntilMs };
    waiting.grant(permit);
  }
}

interface Line {
  ask(of: ChildLimiter, tokens: number, grant: (permit: SharedPermit) => void): () => void;
  observe(state: unknown): void;
}

class ChildLimiter implements SharedLimiter {
  seen = { limit: 0, heldUntilMs: Number.NEGATIVE_INFINITY };

  constructor(private readonly line: Line) {}

  acquire(tokens: number, signal: Parameters<SharedLimiter["acquire"]>[1]): Promise<SharedPermit> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const leave = this.line.ask(this, tokens, (permit) => {
        signal?.removeEventListener("abort", giveUp);
        resolve(permit);
      });
      function giveUp(): void {
        leave();
        reject(signal?.reason);
      }
      signal?.addEventListener("abort", giveUp, { once: true });
    });
  }

  observe(state: unknown): void {
    this.line.observe(state);
  }
}
