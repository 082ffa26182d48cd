/**
 * Who may open a socket: the same hosts and origins as for a request, and the same credentials. A cookie counts only with an
 * Origin, since a browser sends the cookie whether the user meant it or not; a token is meant.
 */
import type { IncomingMessage } from "node:http";
import { type HoldfastError, NotAuthorisedError, OriginRefusedError, TooManyRequestsError } from "@holdfast/core";
import type { ServerContext } from "../context.js";
import type { Caller } from "../roles.js";

/** Tokens that are none, from one address in a minute. */
const FAILED_TRIES_MAX = 60;
/** Several windows of a few hundred people behind one key; a loop that reconnects finds an end. */
const SOCKETS_PER_CALLER_MAX = 2_000;

export interface Handshake {
  readonly auth: Readonly<Record<string, unknown>>;
  readonly headers: IncomingMessage["headers"];
  readonly address: string;
}

export class Door {
  private readonly open = new Map<string, number>();
  private failed = new Map<string, number>();
  private minute = 0;

  constructor(private readonly context: ServerContext) {}

  /** @throws {HostRefusedError} {OriginRefusedError} */
  checkSite(request: IncomingMessage): void {
    this.context.site.check({ method: "GET", headers: request.headers }, false);
  }

  /** @throws {NotAuthorisedError} {TooManyRequestsError} {OriginRefusedError} */
  async admit({ auth, headers, address }: Handshake): Promise<Caller> {
    const caller = await this.find(auth, headers);
    if (caller === null) {
      this.countFailure(address);
      throw new NotAuthorisedError({ reason: "no valid token" });
    }
    if (caller.isSession && headers.origin === undefined) throw new OriginRefusedError({ origin: null });
    if (caller.isSession && this.context.site.isGuest(headers.origin))
      throw new OriginRefusedError({ origin: headers.origin ?? null });
    return caller;
  }

  /** A place for one socket; what is returned gives it back. @throws {TooManyRequestsError} */
  takePlace(caller: Caller): () => void {
    const count = this.open.get(caller.id) ?? 0;
    if (count >= SOCKETS_PER_CALLER_MAX) {
      const what = `${caller.id} has ${count} open sockets, the maximum for one caller`;
      throw new TooManyRequestsError({ retryAfterMs: 5_000, what });
    }
    this.open.set(caller.id, count + 1);
    return () => {
      const left = (this.open.get(caller.id) ?? 1) - 1;
      if (left > 0) this.open.set(caller.id, left);
      else this.open.delete(caller.id);
    };
  }

  private find(auth: Handshake["auth"], headers: Handshake["headers"]): Promise<Caller | null> {
    const { authenticator, site } = this.context;
    // Who gives a token means it, also where a cookie comes along.
    if (auth.token !== undefined) {
      return typeof auth.token === "string" ? authenticator.findByToken(auth.token) : Promise.resolve(null);
    }
    return authenticator.find({ authorization: headers.authorization, cookie: headers.cookie, port: site.port });
  }

  private countFailure(address: string): void {
    const minute = Math.floor(this.context.nowMs() / 60_000);
    if (minute !== this.minute) this.failed = new Map();
    this.minute = minute;
    const tries = (this.failed.get(address) ?? 0) + 1;
    this.failed.set(address, tries);
    if (tries > FAILED_TRIES_MAX) throw new TooManyRequestsError({ retryAfterMs: 60_000 });
  }
}

/** An error as Socket.IO hands it to the client: its `data` is the problem. */
export function asConnectError(error: HoldfastError, problem: object): Error {
  return Object.assign(new Error(error.message), { data: { problem } });
}
