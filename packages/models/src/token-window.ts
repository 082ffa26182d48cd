// Tokens per minute, as pure state: the caller passes in the time and gets the wait in ms (0: go). Tokens are reserved
// by estimate and settled by actual use. An estimate that was too low leaves a debt that later calls wait for. Core's
// `CallWindow` counts requests.

export const WINDOW_MS = 60_000;

/**
 * Token bucket for a limit per minute. A request larger than the bucket passes when the bucket is full, and leaves it
 * in debt.
 */
export class TokenWindow {
  readonly #tpm: number;
  readonly #capacity: number;
  #level: number;
  #levelAtMs: number;

  constructor(tpm: number, nowMs: number) {
    this.#tpm = tpm;
    // Ten seconds' worth, so that a fresh start does not spend the whole minute at once and then stall.
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

  /** Settles a finished request: returns the reservation and takes the actual use. */
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

// Rounding errors of the summed fractions stay below this. Without it, a waiter would be told again and again to wait 1
// ms more.
const ROUNDING = 1e-6;
