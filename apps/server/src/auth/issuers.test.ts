/** Several issuers: who a subject is, and what becomes of sessions when an issuer is no longer trusted. */
import { SignJWT } from "jose";
import { expect, test } from "vitest";
import { resolveSettings } from "../settings.js";
import { openWorld } from "../testing/world.fixture.js";
import { Authenticator } from "./authenticate.js";

const SECRET = "a secret of at least thirty-two bytes, for tests alone";
const issuerOf = (issuer: string, secret = SECRET) =>
  ({ issuer, audience: "holdfast", algorithm: "HS256", secret }) as const;
const tokenOf = (issuer: string) =>
  new SignJWT({ role: "operator" })
    .setProtectedHeader({ alg: "HS256" })
    .setSubject("ann")
    .setIssuer(issuer)
    .setAudience("holdfast")
    .setExpirationTime("5m")
    .sign(new TextEncoder().encode(SECRET));

test("one subject of two issuers is two callers, and neither sees the other's runs", async () => {
  const world = await openWorld({
    settings: { auth: { jwt: [issuerOf("https://a.example"), issuerOf("https://b.example")] } },
  });
  const ask = async (issuer: string, method: string, path: string, body?: unknown) =>
    world.ask(method, path, { as: "nobody", headers: { authorization: `Bearer ${await tokenOf(issuer)}` }, body });
  const body = { workflow: "brief", input: { topic: "x" }, runId: "of-a" };
  expect((await ask("https://a.example", "POST", "/api/runs", body)).json()).toMatchObject({
    owner: "https://a.example|ann",
  });
  expect((await ask("https://a.example", "GET", "/api/runs/of-a")).statusCode).toBe(200);
  expect((await ask("https://b.example", "GET", "/api/runs/of-a")).statusCode).toBe(404);
  expect((await ask("https://b.example", "GET", "/session")).json()).toMatchObject({ id: "https://b.example|ann" });
});

test("with one issuer a caller is the subject alone", async () => {
  const { context } = await openWorld({ settings: { auth: { jwt: issuerOf("https://a.example") } } });
  expect(await context.authenticator.findByToken(await tokenOf("https://a.example"))).toMatchObject({ id: "ann" });
});

test.each([
  ["whose issuer was taken out", issuerOf("https://b.example"), null],
  ["whose issuer got another secret", issuerOf("https://a.example", `${SECRET}!`), null],
  ["whose issuer is still there", issuerOf("https://a.example"), { id: "ann", isSession: true }],
])("a session %s", async (_, after, found) => {
  // The same server after a change of its configuration: its token, from which the sessions' key comes, stays.
  const open = (jwt: ReturnType<typeof issuerOf>) =>
    new Authenticator(
      resolveSettings({ auth: { jwt } }),
      "t".repeat(43),
      () => Date.now(),
      () => undefined,
    );
  const before = open(issuerOf("https://a.example"));
  const caller = await before.findByToken(await tokenOf("https://a.example"));
  const { value } = before.sessions.issue(caller as NonNullable<typeof caller>, Date.now());
  const seen = await open(after).find({ authorization: undefined, cookie: `holdfast_session_1=${value}`, port: 1 });
  if (found === null) expect(seen).toBeNull();
  else expect(seen).toMatchObject(found);
});
