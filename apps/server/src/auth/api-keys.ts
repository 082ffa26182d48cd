/**
 * API keys: `holdfast_sk_<id>_<secret>`. The configuration has the SHA-256 of the whole key; the key itself is not stored. The
 * secret has 256 bits, so a plain hash is enough: it cannot be guessed.
 */
import { randomBytes, timingSafeEqual } from "node:crypto";
import type { Caller, Role } from "../roles.js";
import type { ApiKey } from "../settings.js";
import { sha256 } from "./secrets.js";

const PREFIX = "holdfast_sk_";
const KEY_PATTERN = /^holdfast_sk_([a-z0-9]{4,32})_[A-Za-z0-9_-]{43}$/;
const ID_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz";

export const isApiKey = (text: string): boolean => text.startsWith(PREFIX);

/** A new key, shown once, and the entry of the configuration that knows it. */
export function newApiKey(of: { readonly name: string; readonly user: string; readonly role: Role }): {
  readonly key: string;
  readonly entry: ApiKey;
} {
  const id = [...randomBytes(10)].map((byte) => ID_LETTERS[byte % 32]).join("");
  const key = `${PREFIX}${id}_${randomBytes(32).toString("base64url")}`;
  return { key, entry: { id, ...of, sha256: sha256(key).toString("hex") } };
}

export class ApiKeys {
  private readonly byId: ReadonlyMap<string, ApiKey>;

  constructor(keys: readonly ApiKey[]) {
    this.byId = new Map(keys.map((key) => [key.id, key]));
  }

  find(given: string, nowMs: number): Caller | null {
    const id = given.match(KEY_PATTERN)?.[1];
    const entry = id === undefined ? undefined : this.byId.get(id);
    if (entry === undefined || !timingSafeEqual(sha256(given), Buffer.from(entry.sha256, "hex"))) return null;
    return this.callerOf(entry, nowMs);
  }

  /** The caller of a session that was made with this key, as the configuration says today. */
  findById(id: string, nowMs: number): Caller | null {
    const entry = this.byId.get(id);
    return entry === undefined ? null : this.callerOf(entry, nowMs);
  }

  private callerOf({ id, user, role, expiresAt }: ApiKey, nowMs: number): Caller | null {
    const ends = expiresAt === undefined ? null : Date.parse(expiresAt);
    if (ends !== null && ends <= nowMs) return null;
    return { id: user, role, credential: { kind: "apiKey", ref: id, expiresAt: ends }, isSession: false };
  }
}
