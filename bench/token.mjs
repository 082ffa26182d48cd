/** A token as the servers of the benchmarks take it. */
import { createHmac } from "node:crypto";

export function tokenFor(sub, secret) {
  const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const claims = { iss: "bench", aud: "holdfast", sub, role: "admin", exp: Math.floor(Date.now() / 1_000) + 3_600 };
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
  return `${body}.${createHmac("sha256", secret).update(body).digest("base64url")}`;
}
