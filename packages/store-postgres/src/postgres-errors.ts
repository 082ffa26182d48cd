/** The driver's errors as the errors of the core, in this one place. Codes: https://www.postgresql.org/docs/18/errcodes-appendix.html */
import {
  HoldfastError,
  StoreCorruptError,
  StoreFullError,
  StoreReadonlyError,
  StoreUnreachableError,
  WrongUseError,
} from "@holdfast/core";

/** SQLSTATE, or the code of a socket's error; null where there is none. */
export function codeOf(thrown: unknown): string | null {
  const { code } = (thrown ?? {}) as { code?: unknown };
  return typeof code === "string" ? code : null;
}

/** A text that the server cannot keep, noticed before it is sent. */
export class NulCharacterError extends Error {
  readonly code = "22021";
  constructor() {
    super('invalid byte sequence for encoding "UTF8": 0x00');
  }
}

/** What a pooler says to settings at the start of a connection. */
export function isSettingRefused(thrown: unknown): boolean {
  return (
    thrown instanceof Error && codeOf(thrown) === "08P01" && thrown.message.includes("unsupported startup parameter")
  );
}

/** Two transactions waited for each other, and the server ended one: nothing of it was written, and it may be made again. */
export function isDeadlock(thrown: unknown): boolean {
  const code = codeOf(thrown);
  return code === "40P01" || code === "40001";
}

/** A deadlock is the meeting of two; after so many there is something else wrong. */
export const DEADLOCKS_MAX = 5;

/** The connection is gone or was refused: the server restarts, is away, or ended it. */
export function isConnectionLost(thrown: unknown): boolean {
  const code = codeOf(thrown);
  const problem = thrown instanceof Error ? thrown.message : "";
  return (
    (code !== null &&
      (/^(57P0[123]|08...|53300)$/.test(code) || /^E(CONN|PIPE|NET|HOST|TIMEDOUT|AI_|NOTFOUND)/.test(code))) ||
    /Connection terminated|Client has encountered a connection error|timeout exceeded when trying to connect/.test(
      problem,
    )
  );
}

/** What a driver's error means to a caller of the store. `isSent`: it came between a write and its answer. */
export function toStoreError(thrown: unknown, location: string, isSent: boolean): Error {
  if (thrown instanceof HoldfastError) return thrown;
  const problem = thrown instanceof Error ? thrown.message : String(thrown);
  const cause = { cause: thrown };
  if (codeOf(thrown) === "53300") {
    const words = `the server has no connection left (${problem}): raise max_connections, or run fewer processes`;
    return new StoreUnreachableError({ location, problem: words }, cause);
  }
  if (isConnectionLost(thrown)) {
    const isAway = codeOf(thrown)?.startsWith("E") ?? false;
    const details = {
      location,
      problem: isAway
        ? `the server cannot be reached (${problem}): check host and port, and that it runs`
        : `the connection was lost (${problem})`,
    };
    return new StoreUnreachableError(isSent ? { ...details, isAnswerLost: true } : details, cause);
  }
  const code = codeOf(thrown) ?? "";
  if (code === "53100" || code === "53200") {
    return new StoreFullError({ location, problem: `the server has no room (${problem})` }, cause);
  }
  if (code === "25006") {
    const words = `it takes no writes (${problem}): use the address of the primary, not of a read-only replica`;
    return new StoreReadonlyError({ location, problem: words }, cause);
  }
  if (code === "42501") {
    const words = `rights are missing (${problem}): the first start needs CREATE on the database, every other one the rights of the schema's owner`;
    return new StoreReadonlyError({ location, problem: words }, cause);
  }
  if (code.startsWith("28")) {
    const words = `the server refused the login (${problem}): check user and password in the URL`;
    return new StoreUnreachableError({ location, problem: words }, cause);
  }
  if (code === "3D000") {
    const words = `the server has no such database (${problem}): create it, or check the last part of the URL`;
    return new StoreUnreachableError({ location, problem: words }, cause);
  }
  if (code === "42P01" || code === "42703" || code === "42883" || code === "3F000") {
    return new StoreCorruptError({ location, problem: `its tables are not those of this version (${problem})` }, cause);
  }
  if (code === "22021") {
    return new WrongUseError(
      { problem: `a text has a NUL character, which PostgreSQL cannot keep (${problem}).` },
      cause,
    );
  }
  if (code.startsWith("23") || code.startsWith("22") || code.startsWith("XX")) {
    return new StoreCorruptError({ location, problem: `a record breaks a rule of its table (${problem})` }, cause);
  }
  return thrown instanceof Error ? thrown : new Error(problem);
}
