/**
 * The session of a browser: the caller identified by the token sent to POST /session, signed, in a cookie that no script can
 * read and no other site sends. The server keeps no state, so a restart ends no session; a new server token ends all of them.
 */
import { createHmac, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { type Caller, ROLES } from "../roles.js";

const MAX_AGE_MS = 30 * 86_400_000;

const payload = z.strictObject({
  id: z.string().min(1),
  role: z.enum(ROLES),
  kind: z.enum(["token", "jwt", "apiKey"]),
  ref: z.string(),
  exp: z.number(),
});
export type SessionPayload = z.output<typeof payload>;

export class Sessions {
  constructor(private readonly key: Buffer) {}

  /** A cookie ignores the port; its name does not, so that two servers of one host do not log each other out. */
  static cookieName = (port: number): string => `holdfast_session_${port}`;

  issue(caller: Caller, nowMs: number): { readonly value: string; readonly maxAgeS: number } {
    const exp = Math.min(nowMs + MAX_AGE_MS, caller.credential.expiresAt ?? Infinity);
    const { kind, ref } = caller.credential;
    const body = Buffer.from(JSON.stringify({ id: caller.id, role: caller.role, kind, ref, exp })).toString(
      "base64url",
    );
    return { value: `${body}.${this.sign(body)}`, maxAgeS: Math.max(0, Math.floor((exp - nowMs) / 1_000)) };
  }

  /** What the cookie says, when we signed it and it has not ended. Whether its credential still counts is asked apart. */
  read(value: string, nowMs: number): SessionPayload | null {
    const [body = "", signature = ""] = value.split(".");
    const expected = Buffer.from(this.sign(body));
    const given = Buffer.from(signature);
    if (given.length !== expected.length || !timingSafeEqual(given, expected)) return null;
    try {
      const read = payload.safeParse(JSON.parse(Buffer.from(body, "base64url").toString("utf8")));
      return read.success && read.data.exp > nowMs ? read.data : null;
    } catch {
      return null; // signed by us, yet no JSON: of another version
    }
  }

  private sign(body: string): string {
    return createHmac("sha256", this.key).update(body).digest("base64url");
  }
}

/** The value of one cookie; null when it is not there, or there twice: then one is not ours. */
export function cookieOf(header: string | undefined, name: string): string | null {
  const values = (header ?? "")
    .split(";")
    .map((part) => part.trim())
    .filter((part) => part.startsWith(`${name}=`))
    .map((part) => part.slice(name.length + 1));
  return values.length === 1 ? (values[0] ?? null) : null;
}
