/**
 * Explores every state that a model can reach, breadth first, so the first path found to a broken invariant is a
 * shortest one. A broken state is not explored further. From every other state, the way out without faults must lead to
 * the end.
 */
import { StateSet } from "./state-set.js";

/** A possible step. `way` orders the steps that happen once faults have stopped, lowest first; 0 never happens then. */
export interface Step<Name extends string> {
  readonly next: Uint8Array;
  readonly words: () => string;
  readonly broken: Name | null;
  readonly way: number;
}

export interface Model<Name extends string> {
  /** Size of a state in bytes; a multiple of four. */
  readonly stateBytes: number;
  /** Invariant that is broken if the way out leads nowhere, or in a circle. */
  readonly liveness: Name;
  start(): Uint8Array;
  /** Calls `visit` for every step possible in `state`. The step passed is valid until `visit` returns. */
  steps(state: Uint8Array, visit: (step: Step<Name>) => void): void;
  /** Maps states that differ only in names to one of them, in place. */
  canonize(state: Uint8Array): void;
  /** Returns whether nothing more needs to happen. */
  isAtEnd(state: Uint8Array): boolean;
}

export interface Exploration<Name extends string> {
  readonly stateCount: number;
  /** The invariants that do not hold, each with a shortest path to where it breaks: the moves, in words. */
  readonly broken: ReadonlyMap<Name, readonly string[]>;
}

const UNKNOWN = -1;
/** The way out leads into a state that breaks another invariant, which is reported already. */
const BROKEN = -2;
const END = -3;

/**
 * Explores a model. @throws {Error} if there are more than `statesMax` states: the model is unbounded, or larger than
 * intended.
 */
export function explore<Name extends string>(model: Model<Name>, statesMax: number): Exploration<Name> {
  const states = new StateSet(model.stateBytes);
  const wayOut = new Growing();
  const broken = new Map<Name, { readonly at: number }>();
  const [state, stateWords] = scratch(model.stateBytes);
  const [next, nextWords] = scratch(model.stateBytes);
  state.set(model.start());
  model.canonize(state);
  states.add(stateWords, 0);
  for (let at = 0; at < states.count; at++) {
    if (states.count > statesMax) throw new Error(`there are more than ${statesMax} states`);
    states.read(at, stateWords);
    let least = Number.POSITIVE_INFINITY;
    let out = model.isAtEnd(state) ? END : UNKNOWN;
    model.steps(state, (step) => {
      let index = BROKEN;
      if (step.broken !== null) {
        if (!broken.has(step.broken)) broken.set(step.broken, { at });
      } else {
        next.set(step.next);
        model.canonize(next);
        index = states.add(nextWords, at);
      }
      if (step.way === 0 || step.way >= least || out === END) return;
      least = step.way;
      out = index;
    });
    wayOut.set(at, out);
  }
  const paths = new Map([...broken].map(([name, { at }]) => [name, wordPath(model, states, at, name)]));
  const stuck = findStuck(wayOut, states.count);
  if (stuck !== null) paths.set(model.liveness, wordPath(model, states, stuck, null));
  return { stateCount: states.count, broken: paths };
}

/** Returns the first state from which the way out leads to no end; null if there is none. */
function findStuck(wayOut: Growing, count: number): number | null {
  /** 0: not visited; 1: on the path being followed; 2: leads to an end. */
  const seen = new Uint8Array(count);
  for (let from = 0; from < count; from++) {
    const way: number[] = [];
    let at = from;
    while (seen[at] === 0) {
      seen[at] = 1;
      way.push(at);
      const out = wayOut.get(at);
      if (out === UNKNOWN) return from;
      if (out === BROKEN || out === END) break;
      at = out;
      if (seen[at] === 1) return from;
    }
    for (const passed of way) seen[passed] = 2;
  }
  return null;
}

/**
 * Returns the moves to the state `last`, and the one after it that breaks `name`. Stored states have exchangeable
 * names, so the path is replayed from the start: a worker keeps its name from the first line to the last.
 */
function wordPath<Name extends string>(
  model: Model<Name>,
  states: StateSet,
  last: number,
  name: Name | null,
): readonly string[] {
  const words: string[] = [];
  let state = model.start();
  const [wanted, wantedWords] = scratch(model.stateBytes);
  for (const index of states.pathTo(last).slice(1)) {
    states.read(index, wantedWords);
    let found: Uint8Array | null = null;
    model.steps(state, (step) => {
      if (found !== null || step.broken !== null) return;
      const next = step.next.slice();
      model.canonize(next);
      if (!next.every((byte, i) => byte === wanted[i])) return;
      found = step.next.slice();
      words.push(step.words());
    });
    if (found === null)
      throw new Error(`no move leads from ${words.at(-1) ?? "the start"} to the next state of its path`);
    state = found;
  }
  if (name === null) return words;
  let isTold = false;
  model.steps(state, (step) => {
    if (isTold || step.broken !== name) return;
    isTold = true;
    words.push(step.words());
  });
  return words;
}

function scratch(bytes: number): readonly [Uint8Array, Int32Array] {
  const buffer = new ArrayBuffer(bytes);
  return [new Uint8Array(buffer), new Int32Array(buffer)];
}

/** Growing array of numbers by index. */
class Growing {
  private values = new Int32Array(1 << 12);

  get(index: number): number {
    return this.values[index] as number;
  }

  set(index: number, value: number): void {
    if (index >= this.values.length) {
      const values = new Int32Array(this.values.length * 2);
      values.set(this.values);
      this.values = values;
    }
    this.values[index] = value;
  }
}
