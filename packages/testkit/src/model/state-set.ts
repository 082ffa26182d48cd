/**
 * A set of states of equal length, stored as consecutive bytes in the order they were added, each with the state from
 * which it was reached. Exact: two states are equal only if all their bytes are equal, so a hash collision loses
 * nothing.
 */

const COUNT_AT_FIRST = 1 << 12;

export class StateSet {
  count = 0;
  private readonly wordCount: number;
  private words: Int32Array;
  private parents: Int32Array;
  /** Open addressing. 0 is free; otherwise the index of a state plus one. Never more than half full. */
  private table: Int32Array;

  /** `stateBytes` is a multiple of four. */
  constructor(readonly stateBytes: number) {
    this.wordCount = stateBytes / 4;
    this.words = new Int32Array(COUNT_AT_FIRST * this.wordCount);
    this.parents = new Int32Array(COUNT_AT_FIRST);
    this.table = new Int32Array(COUNT_AT_FIRST * 2);
  }

  /** Returns the state's index, adding the state if it is new. */
  add(state: Int32Array, parent: number): number {
    const place = this.find(state);
    const found = this.table[place] as number;
    if (found !== 0) return found - 1;
    if (this.count === this.parents.length) {
      this.grow();
      return this.add(state, parent);
    }
    const index = this.count++;
    this.words.set(state, index * this.wordCount);
    this.parents[index] = parent;
    this.table[place] = index + 1;
    return index;
  }

  read(index: number, into: Int32Array): void {
    const from = index * this.wordCount;
    for (let i = 0; i < this.wordCount; i++) into[i] = this.words[from + i] as number;
  }

  /** Returns the indices from the first state to this one, each reached from the one before. */
  pathTo(index: number): readonly number[] {
    const path = [index];
    for (let at = index; at !== 0; ) {
      at = this.parents[at] as number;
      path.unshift(at);
    }
    return path;
  }

  private find(state: Int32Array): number {
    const mask = this.table.length - 1;
    for (let place = hashOf(state) & mask; ; place = (place + 1) & mask) {
      const found = this.table[place] as number;
      if (found === 0 || this.isAt(found - 1, state)) return place;
    }
  }

  private isAt(index: number, state: Int32Array): boolean {
    const from = index * this.wordCount;
    for (let i = 0; i < this.wordCount; i++) if (this.words[from + i] !== state[i]) return false;
    return true;
  }

  private grow(): void {
    const words = new Int32Array(this.words.length * 2);
    words.set(this.words);
    this.words = words;
    const parents = new Int32Array(this.parents.length * 2);
    parents.set(this.parents);
    this.parents = parents;
    this.table = new Int32Array(this.table.length * 2);
    const state = new Int32Array(this.wordCount);
    for (let index = 0; index < this.count; index++) {
      this.read(index, state);
      this.table[this.find(state)] = index + 1;
    }
  }
}

function hashOf(state: Int32Array): number {
  let hash = 0;
  for (let i = 0; i < state.length; i++) {
    hash = Math.imul(hash ^ (state[i] as number), 0x9e3779b1);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash, 0x85ebca6b);
  return hash ^ (hash >>> 13);
}
