/**
 * What may be recorded, as types: `T extends Json<T>` where JSON can hold T, and an error that names the property where
 * it cannot. The check at run time (`encodeJson`) catches what types cannot see: NaN, `undefined` in arrays, classes.
 */

type Opaque =
  | bigint
  | symbol
  | Date
  | RegExp
  | Error
  | ReadonlyMap<unknown, unknown>
  | ReadonlySet<unknown>
  | Promise<unknown>
  | ArrayBufferView
  | ArrayBufferLike
  | ((...args: never[]) => unknown);

/** A type that nothing fits: shown by the compiler where a value cannot be recorded. */
export interface NotJson<Hint extends string> {
  /** What to do, shown by the compiler. */
  readonly "~notJson": Hint;
}

/** T where JSON can hold T; elsewhere a type nothing fits. `unknown` passes here and is checked, with its path, when recorded. */
export type JsonOf<T> = unknown extends T
  ? T
  : // biome-ignore lint/suspicious/noConfusingVoidType: a stage that returns nothing records null and replays undefined
    T extends string | number | boolean | null | undefined | void
    ? T
    : T extends Opaque
      ? NotJson<"JSON cannot hold this: return a string, a number, or write an artifact">
      : T extends object
        ? { [K in keyof T]: JsonOf<T[K]> }
        : never;

/** The bound for whatever is recorded: `T extends Json<T>`. A mapped type, since a conditional one here is circular. */
export type Json<T> =
  | string
  | number
  | boolean
  | null
  | undefined
  // biome-ignore lint/suspicious/noConfusingVoidType: a stage that returns nothing records null
  | void
  | (object & { readonly [K in keyof T]: JsonOf<T[K]> });
