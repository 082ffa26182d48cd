// Requests and tokens per minute, as pure state: ask with the time, get a wait in ms (0: go).
// Requests are exact: at most `rpm` grants in any 60 s window (half-open), and paced so that they do not come in one burst.
// Tokens are reserved by estimate and settled by what was used; an estimate too low leaves a debt that later calls wait for.

export const WINDOW_MS = 60_000;

/** At most `rpm` grants in any 60 s. A token bucket paces them, a ring of past grants makes the promise exact. */
export class RequestWindow {
  readonly #rpm: number;
  readonly #burst: number;
  readonly #ring: Float64Array; // the times of the last `rpm` grants
  #next = 0;
  #level: number;
  #levelAtMs: number;

  constructor(rpm: number, nowMs: number) {
    this.#rpm = rpm;
    // One second's worth: enough to absorb late timers, too little to look like a flood.
    this.#burst = Math.max(1, Math.floor(rpm / 60));
    this.#ring = new Float64Array(rpm).fill(Number.NEGATIVE_INFINITY);
    this.#level = this.#burst;
    this.#levelAtMs = nowMs;
  }

  waitMs(nowMs: number): number {
    this.#refill(nowMs);
    const paced = this.#level >= 1 - ROUNDING ? 0 : Math.ceil(((1 - this.#level) * WINDOW_MS) / this.#rpm);
    const oldest = this.#ring[this.#next] as number;
    const windowed = Math.max(0, oldest + WINDOW_MS - nowMs);
    return Math.max(paced, windowed);
  }

  take(nowMs: number): void {
    this.#refill(nowMs);
    this.#level = Math.max(0, this.#level - 1);
    this.#ring[this.#next] = nowMs;
    this.#next = (this.#next + 1) % this.#rpm;
  }

  #refill(nowMs: number): void {
    const elapsedMs = Math.max(0, nowMs - this.#levelAtMs); // a clock set back earns nothing
    this.#level = Math.min(this.#burst, this.#level + (elapsedMs * this.#rpm) / WINDOW_MS);
    this.#levelAtMs = nowMs;
  }
}

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
