/** Identifies the caller from a request's credential: the server's token, a JWT, an API key, or a session's cookie. */
import { userInfo } from "node:os";
import type { Authenticates } from "../ports.js";
import type { Caller } from "../roles.js";
import type { ResolvedSettings } from "../settings.js";
import { ApiKeys, isApiKey } from "./api-keys.js";
import { JwtVerifier } from "./jwt.js";
import { isSameSecret, sha256 } from "./secrets.js";
import { sessionKeyOf } from "./server-token.js";
import { cookieOf, Sessions } from "./session.js";

/** Longer than any token of ours; a JWT with many claims stays under it. */
const TOKEN_LENGTH_MAX = 8_192;

export class Authenticator implements Authenticates {
  readonly sessions: Sessions;
  private readonly apiKeys: ApiKeys;
  private readonly jwt: JwtVerifier;
  /** The token counts only where nothing else was configured. */
  private readonly token: string | null;
  private readonly localUser = systemUser();

  constructor(
    settings: ResolvedSettings,
    serverToken: string,
    private readonly nowMs: () => number,
    onTrouble: (problem: string) => void,
  ) {
    this.sessions = new Sessions(sessionKeyOf(serverToken));
    this.apiKeys = new ApiKeys(settings.apiKeys);
    this.jwt = new JwtVerifier(settings.issuers, onTrouble);
    this.token = settings.auth === undefined ? serverToken : null;
  }

  get printedToken(): string | null {
    return this.token;
  }

  /** `Authorization` goes before the cookie: who sends it means it. */
  async find(headers: {
    readonly authorization: string | undefined;
    readonly cookie: string | undefined;
    readonly port: number;
  }): Promise<Caller | null> {
    if (headers.authorization !== undefined) {
      const token = headers.authorization.match(/^Bearer ([^\s]+)$/i)?.[1];
      return token === undefined ? null : this.findByToken(token);
    }
    const cookie = cookieOf(headers.cookie, Sessions.cookieName(headers.port));
    return cookie === null ? null : this.findBySession(cookie);
  }

  async findByToken(token: string): Promise<Caller | null> {
    if (token.length > TOKEN_LENGTH_MAX) return null;
    if (this.token !== null) return isSameSecret(token, this.token) ? this.localCaller(this.token) : null;
    if (isApiKey(token)) return this.apiKeys.find(token, this.nowMs());
    return this.jwt.isEmpty ? null : this.jwt.find(token, this.nowMs());
  }

  private findBySession(cookie: string): Caller | null {
    const session = this.sessions.read(cookie, this.nowMs());
    if (session === null) return null;
    const caller = this.callerOfSession(session);
    return caller === null ? null : { ...caller, isSession: true };
  }

  /** A key or an issuer that was taken out of the configuration ends the sessions that were made with it. */
  private callerOfSession(session: NonNullable<ReturnType<Sessions["read"]>>): Caller | null {
    switch (session.kind) {
      case "token":
        return this.token !== null && session.ref === refOf(this.token) ? this.localCaller(this.token) : null;
      case "apiKey":
        return this.apiKeys.findById(session.ref, this.nowMs());
      case "jwt": {
        const { id, role, ref, exp } = session;
        if (!this.jwt.trusts(ref)) return null;
        return { id, role, credential: { kind: "jwt", ref, expiresAt: exp }, isSession: true };
      }
    }
  }

  /** Who can read the token's file is the user of the system: the same name as in the audit of the command. */
  private localCaller(token: string): Caller {
    const credential = { kind: "token", ref: refOf(token), expiresAt: null } as const;
    return { id: this.localUser, role: "admin", credential, isSession: false };
  }
}

const refOf = (token: string) => sha256(token).toString("hex").slice(0, 16);

function systemUser(): string {
  try {
    return userInfo().username;
  } catch {
    return "unknown"; // a container may run under a user id that has no name
  }
}
