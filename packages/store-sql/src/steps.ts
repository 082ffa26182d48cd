/**
 * One text for two drivers: SQLite answers at once, PostgreSQL with a promise. What is written as steps waits at each `yield*
 * wait(…)`, and the store that runs it decides how: `runNow` hands the answer on, `runInOrder` awaits it.
 */
export type Maybe<T> = T | Promise<T>;
export type Steps<R> = Generator<unknown, R, unknown>;

/** A value of a statement. */
export type SqlScalar = string | number | null;

/** The statements of one transaction or read, with `?` and `?2` for values, and its instant. */
export interface Sql {
  /** Milliseconds UTC: all rows of the transaction carry it. */
  readonly wallMs: number;
  /** The time by which a waiting run is due. */
  dueMs(): number;
  get<T>(sql: string, ...values: SqlScalar[]): Maybe<T | undefined>;
  all<T>(sql: string, ...values: SqlScalar[]): Maybe<T[]>;
  /** How many rows were changed. */
  run(sql: string, ...values: SqlScalar[]): Maybe<number>;
}

export function* wait<T>(answer: Maybe<T>): Generator<unknown, T, unknown> {
  return (yield answer) as T;
}

/** For a driver that answers at once. */
export function runNow<R>(steps: Steps<R>): R {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(turn.value);
  return turn.value;
}

/** For a driver that answers with promises: one after the other, as a transaction has one connection. */
export async function runInOrder<R>(steps: Steps<R>): Promise<R> {
  let turn = steps.next();
  while (turn.done !== true) turn = steps.next(await turn.value);
  return turn.value;
}
