import { describe, expect, test } from "vitest";
import { newApiKey } from "./auth/api-keys.js";
import { resolveSettings, type ServerSettings } from "./settings.js";

const { entry } = newApiKey({ name: "ci", user: "ci", role: "operator" });
const auth = { apiKeys: [entry] };
const jwt = { issuer: "i", audience: "a", algorithm: "HS256", secret: "x".repeat(32) } as const;
const problem = (settings: unknown): string => {
  try {
    resolveSettings(settings as ServerSettings);
    return "";
  } catch (error) {
    return (error as Error).message;
  }
};

test("without anything it listens on loopback, port 4680", () => {
  expect(resolveSettings({})).toMatchObject({
    host: "127.0.0.1",
    port: 4680,
    isLoopback: true,
    apiKeys: [],
    issuers: [],
  });
});

describe("beyond loopback", () => {
  test.each(["0.0.0.0", "::", "192.168.1.5", "example.org"])("%s is refused without auth, with the cure", (host) => {
    expect(problem({ host })).toMatch(/server\.host: .*Set server\.auth .*holdfast keys new.*ssh -L/);
  });

  test("a wildcard address needs the names that it answers for", () => {
    expect(problem({ host: "0.0.0.0", auth })).toContain("server.allowedHosts");
    expect(resolveSettings({ host: "0.0.0.0", auth, allowedHosts: ["runs.example.org"] }).isLoopback).toBe(false);
  });
});

describe("keys of issuers", () => {
  test.each([
    [{ ...jwt, secret: "short" }, /at least 32 are expected/],
    [{ ...jwt, secret: undefined }, /exactly one of secret, jwks and jwksUrl/],
    [{ ...jwt, jwksUrl: "https://example.org/jwks" }, /exactly one of/],
    [{ ...jwt, algorithm: "RS256" }, /needs public keys/],
    [{ ...jwt, algorithm: "none" }, /algorithm/],
    [{ ...jwt, algorithm: "RS256", secret: undefined, jwksUrl: "http://example.org/jwks" }, /must be https/],
    [{ ...jwt, issuer: "" }, /issuer/],
    [{ ...jwt, audience: undefined }, /audience/],
  ])("%o is refused", (issuer, message) => {
    expect(problem({ auth: { jwt: issuer } })).toMatch(message);
  });

  test("keys over http are taken from this machine alone", () => {
    const issuer = { issuer: "i", audience: "a", algorithm: "ES256", jwksUrl: "http://localhost:9/jwks" } as const;
    expect(resolveSettings({ auth: { jwt: issuer } }).issuers).toEqual([issuer]);
  });
});

test.each([
  [{ port: 70_000 }, "server.port"],
  [{ prot: 80 }, "prot"],
  [{ auth: {} }, "server.auth: jwt, apiKeys or both"],
  [{ auth: { apiKeys: [{ ...entry, sha256: "abc" }] } }, "server.auth.apiKeys.0.sha256"],
  [{ auth: { apiKeys: [{ ...entry, role: "root" }] } }, "server.auth.apiKeys.0.role"],
  [{ allowedHosts: ["https://x.org"] }, "server.allowedHosts.0"],
  [{ allowedOrigins: ["https://x.org/path"] }, "server.allowedOrigins.0"],
  [{ allowedOrigins: ["*"] }, "server.allowedOrigins.0"],
  [{ inputFolders: ["data"] }, "server.inputFolders.0: an absolute path is expected"],
  [{ modelHosts: ["models.example.org"] }, "server.modelHosts.0: scheme, host and port are expected"],
  [{ modelHosts: ["https://models.example.org/v1"] }, "server.modelHosts.0"],
  [{ rateLimit: { max: 0, windowMs: 1_000 } }, "server.rateLimit"],
  [{ rateLimit: { max: 1, windowMs: 315_360_000_001 } }, "server.rateLimit"],
])("%o is refused by name", (settings, name) => {
  expect(problem(settings)).toContain(name);
});
