/**
 * The form in which arguments travel to the writer thread: one flat list of texts, numbers and nulls. An object goes as the
 * number of its shape (its keys, in their order) and its values, so its keys cross the border once, not with each of a
 * thousand rows; an object that a message holds as it is costs the receiver two to three times as much.
 *
 * What arrives is what JSON would have made of what was sent: a date is a text, a function is left out.
 *
 * The border: `undefined` marks that a number with a meaning follows. 0 and up: the shape of an object, its values follow.
 * Below: see the constants.
 */

/** `undefined` itself. */
const NOTHING = -1;
/** An object whose keys follow and get the next number; then its values. */
const NEW_SHAPE = -2;
/** An object of keys and values in turn, after their count: for what is not worth a number. */
const PLAIN = -3;
/** A list of n elements is `LIST - n`. */
const LIST = -4;

/** Shapes of the contract are some fifty; the rest is of objects that users log, whose keys may be anything. */
const SHAPES_MAX = 500;
/** A key that an assignment would take for something else. */
const PROTO = "__proto__";

/** Keys of an object as they come one after the other; where a shape ends, its number. */
interface Step {
  readonly next: Map<string, Step>;
  readonly keyCount: number;
  shape: number;
}

const newStep = (keyCount: number): Step => ({ next: new Map(), keyCount, shape: -1 });

export class WireWriter {
  readonly #first = newStep(0);
  /** The last step of each shape, by its number. */
  readonly #shapes: Step[] = [];
  #stepCount = 0;
  /** Elements of all lists that were written: how much work a message is. */
  elementCount = 0;

  /** Appends `value` to `out`. Where that fails, as for a list that holds itself, nothing has been appended. */
  write(value: unknown, out: unknown[]): void {
    const { length } = out;
    const shapeCount = this.#shapes.length;
    try {
      this.#append(value, out);
    } catch (error) {
      out.length = length;
      for (const step of this.#shapes.splice(shapeCount)) step.shape = -1;
      throw error;
    }
  }

  #append(value: unknown, out: unknown[]): void {
    if (typeof value !== "object" || value === null) {
      if (value === undefined || typeof value === "function" || typeof value === "symbol") out.push(undefined, NOTHING);
      else out.push(value);
    } else if (Array.isArray(value)) {
      out.push(undefined, LIST - value.length);
      this.elementCount += value.length;
      for (const element of value) this.#append(element, out);
    } else if (isPlain(value)) {
      this.#writeObject(value as Record<string, unknown>, out);
    } else {
      const json = JSON.stringify(value);
      this.#append(json === undefined ? undefined : JSON.parse(json), out);
    }
  }

  #writeObject(value: Record<string, unknown>, out: unknown[]): void {
    const step = this.#stepOf(value);
    if (step === null) {
      const keys = Object.keys(value);
      out.push(undefined, PLAIN, keys.length);
      for (const key of keys) {
        out.push(key);
        this.#append(value[key], out);
      }
      return;
    }
    if (step.shape < 0) {
      step.shape = this.#shapes.push(step) - 1;
      out.push(undefined, NEW_SHAPE, step.keyCount, ...Object.keys(value));
    } else {
      out.push(undefined, step.shape);
    }
    for (const key in value) this.#append(value[key], out);
  }

  #stepOf(value: Record<string, unknown>): Step | null {
    let step = this.#first;
    for (const key in value) {
      let next = step.next.get(key);
      if (next === undefined) {
        if (this.#stepCount >= 10 * SHAPES_MAX || this.#shapes.length >= SHAPES_MAX || key === PROTO) return null;
        next = newStep(step.keyCount + 1);
        this.#stepCount += 1;
        step.next.set(key, next);
      }
      step = next;
    }
    return step.shape < 0 && this.#shapes.length >= SHAPES_MAX ? null : step;
  }
}

/** Has keys of its own and nothing else; else JSON knows what it is. */
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (
    (prototype === Object.prototype || prototype === null) &&
    typeof (value as { toJSON?: unknown }).toJSON !== "function"
  );
}

export class WireReader {
  readonly #shapes: (readonly string[])[] = [];
  #from: readonly unknown[] = [];
  /** Where the next value begins. */
  at = 0;
  /** Characters of all texts that were read. */
  textLength = 0;

  /** Begins a message. */
  open(message: readonly unknown[]): void {
    this.#from = message;
    this.at = 0;
  }

  isAtEnd(): boolean {
    return this.at >= this.#from.length;
  }

  read(): unknown {
    const value = this.#from[this.at++];
    if (value !== undefined) {
      if (typeof value === "string") this.textLength += value.length;
      return value;
    }
    const meaning = this.#from[this.at++] as number;
    if (meaning >= 0) return this.#readShape(this.#shapes[meaning] as readonly string[]);
    if (meaning <= LIST) return this.#readList(LIST - meaning);
    if (meaning === NEW_SHAPE) return this.#readShape(this.#newShape());
    return meaning === PLAIN ? this.#readPlain(this.#from[this.at++] as number) : undefined;
  }

  #newShape(): readonly string[] {
    const count = this.#from[this.at++] as number;
    const keys = this.#from.slice(this.at, this.at + count) as string[];
    this.at += count;
    this.#shapes.push(keys);
    return keys;
  }

  #readShape(keys: readonly string[]): object {
    const object: Record<string, unknown> = {};
    for (const key of keys) object[key] = this.read();
    return object;
  }

  #readList(length: number): unknown[] {
    const list: unknown[] = [];
    for (let left = length; left > 0; left--) list.push(this.read());
    return list;
  }

  #readPlain(count: number): object {
    const object = {};
    for (let left = count; left > 0; left--) {
      const key = this.#from[this.at++] as string;
      Object.defineProperty(object, key, { value: this.read(), enumerable: true, writable: true, configurable: true });
    }
    return object;
  }
}
