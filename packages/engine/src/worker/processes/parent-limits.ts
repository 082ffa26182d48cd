/**
 * The parent's side of limiters that hold over the whole worker: one limiter for each key, made by the module that the child
 * names, and the turns that children hold. What a child held when it died is given back.
 */
import type { Child } from "./child.js";
import type { FromChild } from "./protocol.js";

/** The limiter of `@holdfast/models`, as far as it is used here. */
interface Limiter {
  acquire(tokens: number, signal: AbortSignal): Promise<{ release(outcome: unknown): void }>;
  observe(state: unknown): void;
  readonly limit: number;
  readonly heldUntilMs: number;
}

interface Turn {
  readonly stop: AbortController;
  release: ((outcome: unknown) => void) | null;
}

export class ParentLimits {
  private readonly limiters = new Map<string, Promise<Limiter>>();
  private readonly turns = new Map<Child, Map<number, Turn>>();

  hear(child: Child, message: Extract<FromChild, { kind: "acquire" | "release" | "giveUp" | "observe" }>): void {
    switch (message.kind) {
      case "acquire":
        void this.acquire(child, message).catch(() => undefined); // given up, or a limiter that its own module refused
        break;
      case "observe":
        void this.limiterOf(message).then(
          (limiter) => limiter.observe(message.state),
          () => undefined,
        );
        break;
      case "release":
        this.end(child, message.turn, message.outcome);
        break;
      case "giveUp":
        this.end(child, message.turn, { kind: "neutral" });
        break;
    }
  }

  /** It is gone, and with it whoever waited or called in it. */
  forget(child: Child): void {
    for (const turn of [...(this.turns.get(child)?.keys() ?? [])]) this.end(child, turn, { kind: "neutral" });
    this.turns.delete(child);
  }

  private async acquire(child: Child, message: Extract<FromChild, { kind: "acquire" }>): Promise<void> {
    const turn: Turn = { stop: new AbortController(), release: null };
    const turns = this.turns.get(child) ?? new Map<number, Turn>();
    this.turns.set(child, turns.set(message.turn, turn));
    const limiter = await this.limiterOf(message);
    const permit = await limiter.acquire(message.tokens, turn.stop.signal);
    // Its child may have died while the turn came.
    if (turn.stop.signal.aborted) return permit.release({ kind: "neutral" });
    turn.release = (outcome) => permit.release(outcome);
    child.grant(message.turn, limiter.limit, limiter.heldUntilMs);
  }

  private end(child: Child, number: number, outcome: unknown): void {
    const turn = this.turns.get(child)?.get(number);
    this.turns.get(child)?.delete(number);
    if (turn === undefined) return;
    turn.stop.abort();
    turn.release?.(outcome);
  }

  private limiterOf({ key, module, options }: Extract<FromChild, { kind: "acquire" | "observe" }>): Promise<Limiter> {
    // Other options under one key are another limiter: a module that was changed under a running worker, say.
    const id = `${key} ${module} ${options}`;
    const made = this.limiters.get(id) ?? make(module, options);
    this.limiters.set(id, made);
    return made;
  }
}

async function make(module: string, options: string): Promise<Limiter> {
  const { createLimiter } = (await import(module)) as { createLimiter(options: unknown): Limiter };
  return createLimiter(JSON.parse(options));
}
