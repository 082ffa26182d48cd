/**
 * JSON Web Tokens. The algorithm is the configured one of the issuer, never the token's. Issuer, audience, subject and expiry
 * are required. Clocks may differ by a minute.
 *
 * A subject is unique only within its issuer. If several issuers are trusted, a caller is `issuer|sub`, because the "ann" of one
 * issuer is not the "ann" of another.
 */
import {
  createLocalJWKSet,
  createRemoteJWKSet,
  errors,
  type JSONWebKeySet,
  type JWTVerifyGetKey,
  jwtVerify,
} from "jose";
import { type Caller, isRole } from "../roles.js";
import type { JwtIssuer } from "../settings.js";
import { sha256 } from "./secrets.js";

const CLOCK_SKEW_S = 60;
/** A user's name is printed and stored. */
const SUBJECT_PATTERN = /^[^\p{Cc}]{1,200}$/u;

type Key = Uint8Array | JWTVerifyGetKey;

interface Trusted {
  readonly issuer: JwtIssuer;
  readonly key: Key;
  readonly ref: string;
}

export class JwtVerifier {
  private readonly issuers: readonly Trusted[];
  /** Whether a subject alone does not say who it is. */
  private readonly hasSeveral: boolean;

  constructor(
    issuers: readonly JwtIssuer[],
    /** Told why a token was refused where the fault may be ours: keys that cannot be fetched. */
    private readonly onTrouble: (problem: string) => void,
  ) {
    this.issuers = issuers.map((issuer) => ({ issuer, key: keyOf(issuer), ref: refOf(issuer) }));
    this.hasSeveral = new Set(issuers.map(({ issuer }) => issuer)).size > 1;
  }

  get isEmpty(): boolean {
    return this.issuers.length === 0;
  }

  async find(token: string, nowMs: number): Promise<Caller | null> {
    for (const trusted of this.issuers) {
      const caller = await this.verify(token, trusted, nowMs);
      if (caller !== null) return caller;
    }
    return null;
  }

  /** Whether the issuer that a session was made with is still trusted, with the secret that it had then. */
  trusts(ref: string): boolean {
    return this.issuers.some((trusted) => trusted.ref === ref);
  }

  private async verify(token: string, { issuer, key, ref }: Trusted, nowMs: number): Promise<Caller | null> {
    try {
      const { payload } = await jwtVerify(token, key as JWTVerifyGetKey, {
        algorithms: [issuer.algorithm],
        issuer: issuer.issuer,
        audience: issuer.audience,
        requiredClaims: ["sub", "exp"],
        clockTolerance: CLOCK_SKEW_S,
        currentDate: new Date(nowMs),
      });
      const { sub, exp } = payload;
      const role = payload[issuer.roleClaim ?? "role"] ?? "viewer";
      if (typeof sub !== "string" || !SUBJECT_PATTERN.test(sub) || !isRole(role) || exp === undefined) return null;
      const expiresAt = (exp + CLOCK_SKEW_S) * 1_000;
      const id = this.hasSeveral ? `${issuer.issuer}|${sub}` : sub;
      return { id, role, credential: { kind: "jwt", ref, expiresAt }, isSession: false };
    } catch (error) {
      if (!isFaultOfToken(error)) this.onTrouble(error instanceof Error ? error.message : String(error));
      return null;
    }
  }
}

/** Public keys are left out: issuers change them, and what they signed before goes on to count. */
const refOf = ({ issuer, audience, algorithm, secret }: JwtIssuer) =>
  sha256(JSON.stringify([issuer, audience, algorithm, secret ?? null]))
    .toString("hex")
    .slice(0, 16);

function keyOf(issuer: JwtIssuer): Key {
  if (issuer.secret !== undefined) return new TextEncoder().encode(issuer.secret);
  if (issuer.jwks !== undefined) return createLocalJWKSet(issuer.jwks as unknown as JSONWebKeySet);
  return createRemoteJWKSet(new URL(issuer.jwksUrl ?? ""), { timeoutDuration: 5_000 });
}

function isFaultOfToken(error: unknown): boolean {
  if (error instanceof errors.JWKSTimeout || error instanceof errors.JWKSInvalid) return false;
  return error instanceof errors.JOSEError && error.code !== "ERR_JOSE_GENERIC";
}
