// Tokens per minute, as pure state: ask with the time, get a wait in ms (0: go). Reserved by estimate and settled by what was
// used; an estimate too low leaves a debt that later calls wait for. Requests are counted by core's `CallWindow`.

export const WINDOW_MS = 60_000;

/** Tokens per minute. A request larger than the bucket passes when the bucket is full, and leaves it in debt. */
export class TokenWindow {
  readonly #tpm: number;
  readonly #capacity: number;
  #level: number;
  #levelAtMs: number;

  constructor(tpm: number, nowMs: number) {
    this.#tpm = tpm;
    // Ten seconds' worth, so that a fresh start does not spend the whole minute at once and then stand still for the rest.
    this.#capacity = Math.max(1, tpm / 6);
    this.#level = this.#capacity;
    this.#levelAtMs = nowMs;
  }

  waitMs(tokens: number, nowMs: number): number {
    this.#refill(nowMs);
    const missing = Math.min(tokens, this.#capacity) - this.#level;
    return missing <= ROUNDING ? 0 : Math.ceil((missing * WINDOW_MS) / this.#tpm);
  }

  reserve(tokens: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level -= tokens;
  }

  /** A finished request: what was reserved is given back, what was used is taken. */
  settle(reserved: number, used: number, nowMs: number): void {
    this.#refill(nowMs);
    this.#level = Math.min(this.#capacity, this.#level + reserved - used);
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#levelAtMs);
    this.#level = Math.min(this.#capacity, this.#level + (elapsedMs * this.#tpm) / WINDOW_MS);
    this.#levelAtMs = nowMs;
  }
}

// Sums of fractions miss a whole by less than this; without it a waiter would be told to wait 1 ms more, again and again.
const ROUNDING = 1e-6;
