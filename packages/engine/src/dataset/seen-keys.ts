// Which keys were seen, and in which row: a hash table of numbers instead of strings, because two million keys as
// strings in a Map take some 300 MB, and here 16 bytes a slot.
// A key is known by 96 bits of its SHA-256: among two million keys, two different ones share them with a chance below
// 1 in 10^16, far below that of a memory error.

import { hash } from "node:crypto";

const INITIAL_SLOTS = 1 << 14;
const LOAD_MAX = 0.6; // beyond it probes get long
const WORDS = 4; // three of the hash, one for the row; a row of 0 marks an empty slot

export class SeenKeys {
  #slots = INITIAL_SLOTS;
  #table = new Uint32Array(INITIAL_SLOTS * WORDS);
  #count = 0;

  /** Note the key of a row (numbered from 1). Returns the row that had it before, or null. */
  add(key: string, rowNumber: number): number | null {
    if (this.#count >= this.#slots * LOAD_MAX) this.#grow();
    const [a, b, c] = wordsOf(key);
    const at = this.#find(this.#table, this.#slots, a, b, c);
    const earlier = this.#table[at + 3] as number;
    if (earlier !== 0) return earlier;
    this.#put(this.#table, at, a, b, c, rowNumber);
    this.#count++;
    return null;
  }

  has(key: string): boolean {
    return this.rowOf(key) !== null;
  }

  /** The row of a key, or null. */
  rowOf(key: string): number | null {
    const [a, b, c] = wordsOf(key);
    const row = this.#table[this.#find(this.#table, this.#slots, a, b, c) + 3] as number;
    return row === 0 ? null : row;
  }

  #put(table: Uint32Array, at: number, a: number, b: number, c: number, rowNumber: number): void {
    table[at] = a;
    table[at + 1] = b;
    table[at + 2] = c;
    table[at + 3] = rowNumber;
  }

  /** The slot that holds the hash, or the empty one where it belongs. */
  #find(table: Uint32Array, slots: number, a: number, b: number, c: number): number {
    let slot = a & (slots - 1); // `slots` is a power of two
    for (;;) {
      const at = slot * WORDS;
      if (table[at + 3] === 0 || (table[at] === a && table[at + 1] === b && table[at + 2] === c)) return at;
      slot = (slot + 1) & (slots - 1);
    }
  }

  #grow(): void {
    const slots = this.#slots * 2;
    const table = new Uint32Array(slots * WORDS);
    const old = this.#table;
    for (let at = 0; at < old.length; at += WORDS) {
      const rowNumber = old[at + 3] as number;
      if (rowNumber === 0) continue;
      const a = old[at] as number;
      const b = old[at + 1] as number;
      const c = old[at + 2] as number;
      this.#put(table, this.#find(table, slots, a, b, c), a, b, c, rowNumber);
    }
    this.#slots = slots;
    this.#table = table;
  }
}

function wordsOf(key: string): readonly [number, number, number] {
  const digest = hash("sha256", key, "buffer");
  return [digest.readUInt32LE(0), digest.readUInt32LE(4), digest.readUInt32LE(8)];
}
