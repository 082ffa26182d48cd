/** Interfaces between the parts of one server. Types only. */
import type { Caller } from "./roles.js";

/** Finds out who asks. */
export interface Authenticates {
  /** The token to print with the URL; null where callers bring their own. */
  readonly printedToken: string | null;
  find(headers: {
    readonly authorization: string | undefined;
    readonly cookie: string | undefined;
    readonly port: number;
  }): Promise<Caller | null>;
  findByToken(token: string): Promise<Caller | null>;
  /** Cookies of browsers; null where sessions are somebody else's. */
  readonly sessions: {
    issue(caller: Caller, nowMs: number): { readonly value: string; readonly maxAgeS: number };
  } | null;
}

export interface Asking {
  readonly method: string;
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>;
}

/** Whom the server answers. */
export interface SiteRules {
  readonly port: number;
  listenOn(port: number): void;
  /** @throws {HostRefusedError} {OriginRefusedError} */
  check(asking: Asking, isPublic: boolean): void;
  /** Whether it is a page of elsewhere that may ask all the same: with a token alone. */
  isGuest(origin: string | readonly string[] | undefined): boolean;
}

export interface TimeLimits {
  /** Head and body, from the connection or the end of the request before. */
  readonly arrivalMs: number;
  /** Connections are looked at so often: a slow request is cut up to this much later. */
  readonly checkMs: number;
  readonly answerMs: number;
  /** Of acts on many runs or items (`isLong`): their work goes on whoever still waits. */
  readonly longAnswerMs: number;
}

/** Folders of the server whose files an input may name. */
export interface FindsInputs {
  /** The absolute path of what was named; null when it may not be used. */
  find(named: string): Promise<string | null>;
}
