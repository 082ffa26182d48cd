/**
 * The settings of a server: their types, their checks, their defaults. What is said here decides who may reach it, so a
 * setting that cannot be meant is refused by name, and beyond loopback nothing starts without `auth`.
 */
import { isAbsolute } from "node:path";
import { ConfigInvalidError, DURATION_MAX_MS } from "@holdfast/core";
import { z } from "zod";
import { ROLES, type Role } from "./roles.js";

/** Asymmetric ones need `jwks` or `jwksUrl`, HS ones `secret`. */
export const JWT_ALGORITHMS = ["HS256", "HS384", "HS512", "RS256", "PS256", "ES256", "ES384", "EdDSA"] as const;
/** One of `JWT_ALGORITHMS`. */
export type JwtAlgorithm = (typeof JWT_ALGORITHMS)[number];

/** One issuer of tokens. A token counts only with this algorithm, issuer and audience, with `sub` and `exp`. */
export interface JwtIssuer {
  /** Value of `iss` that tokens must have. */
  readonly issuer: string;
  /** Value that `aud` must contain. */
  readonly audience: string;
  /** Pinned: what a token's own header says is never asked. */
  readonly algorithm: JwtAlgorithm;
  /** For HS algorithms: at least 32 bytes. */
  readonly secret?: string | undefined;
  /** Public keys, inline. */
  readonly jwks?: { readonly keys: readonly Readonly<Record<string, unknown>>[] } | undefined;
  /** Public keys, fetched: https, or http on loopback. */
  readonly jwksUrl?: string | undefined;
  /** The claim that holds the role. Default "role"; a token without it is a viewer's. */
  readonly roleClaim?: string | undefined;
}

/** One API key, as `holdfast keys new` prints it. The key itself is nowhere kept. */
export interface ApiKey {
  /** Identifier of the key, the part of it that is no secret. */
  readonly id: string;
  /** What it is for, for people. */
  readonly name: string;
  /** Whose runs it sees and makes. */
  readonly user: string;
  /** What its holder may do. */
  readonly role: Role;
  /** SHA-256 of the whole key, in hex. */
  readonly sha256: string;
  /** An ISO 8601 instant; default never. */
  readonly expiresAt?: string | undefined;
}

/** Who may ask: issuers of tokens, API keys. */
export interface AuthSettings {
  /** Issuers whose tokens are accepted. Default: none. */
  readonly jwt?: JwtIssuer | readonly JwtIssuer[] | undefined;
  /** Keys that are accepted. Default: none. */
  readonly apiKeys?: readonly ApiKey[] | undefined;
}

/** Settings of the HTTP server. */
export interface ServerSettings {
  /** Default 4680; 0 takes a free one. */
  readonly port?: number | undefined;
  /** The address to listen on. Default 127.0.0.1; any other than loopback needs `auth`. */
  readonly host?: string | undefined;
  /** Who may ask. Without it a token made at the first start, on loopback only. */
  readonly auth?: AuthSettings | undefined;
  /** Names that this server answers for besides its address: "runs.example.org", with the port where it is not the usual one. Default none. */
  readonly allowedHosts?: readonly string[] | undefined;
  /**
   * Origins of pages elsewhere that may ask with a token, never with the session's cookie: "app://desk" of a desktop shell,
   * "null" and "file://" where its pages are files. Default none.
   */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Addresses or networks of the proxy whose X-Forwarded-For and -Proto are believed. Default none. */
  readonly trustedProxy?: readonly string[] | undefined;
  /**
   * Folders that paths in a body may lead into, absolute; names without a folder are looked for in the first. What lies
   * there can be read, and written to, by whoever may start runs. Default none: no path is taken over HTTP.
   */
  readonly inputFolders?: readonly string[] | undefined;
  /**
   * Addresses that inputs given over HTTP may have models called at, besides the providers' own: "https://models.example.org",
   * "http://127.0.0.1:11434". Keys in the environment are sent there. Default none.
   */
  readonly modelHosts?: readonly string[] | undefined;
  /**
   * Files that callers send to be inputs. `bytesMax` of one file, default 268,435,456 (256 MiB); `ownerBytesMax` of all files of
   * one caller, default 2,147,483,648 (2 GiB); `keepDays` after they were sent or last used, default 90.
   */
  readonly uploads?:
    | {
        readonly bytesMax?: number | undefined;
        readonly ownerBytesMax?: number | undefined;
        readonly keepDays?: number | undefined;
      }
    | undefined;
  /**
   * Redis over which servers and workers tell each other of changed runs: hints alone, so that it may be away. `prefix` is what
   * the channel of a run is called before its id. Default: none; the store tells within 250 ms.
   */
  readonly redis?: { readonly url: string; readonly prefix?: string | undefined } | undefined;
  /** How often one caller may ask; false is as often as it likes. Default 6,000 a minute. */
  readonly rateLimit?: { readonly max: number; readonly windowMs: number } | false | undefined;
}

export interface ResolvedSettings extends ServerSettings {
  readonly port: number;
  readonly host: string;
  readonly isLoopback: boolean;
  readonly issuers: readonly JwtIssuer[];
  readonly apiKeys: readonly ApiKey[];
  readonly allowedHosts: readonly string[];
  readonly allowedOrigins: readonly string[];
  readonly trustedProxy: readonly string[];
  readonly inputFolders: readonly string[];
  readonly modelHosts: readonly string[];
  readonly uploads: { readonly bytesMax: number; readonly ownerBytesMax: number; readonly keepDays: number };
  readonly rateLimit: { readonly max: number; readonly windowMs: number } | false;
}

const SECRET_BYTES_MIN = 32;
/** A dashboard that polls ten things a second uses a tenth of it. */
const RATE_LIMIT_DEFAULT = { max: 6_000, windowMs: 60_000 };
/** A list of 100,000 companies has 50 MB. */
const UPLOADS_DEFAULT = { bytesMax: 256 * 1024 ** 2, ownerBytesMax: 2 * 1024 ** 3, keepDays: 90 };
const LOOPBACK = ["127.0.0.1", "::1", "localhost"];

const text = z.string().min(1);
const issuer = z
  .strictObject({
    issuer: text,
    audience: text,
    algorithm: z.enum(JWT_ALGORITHMS),
    secret: z.string().optional(),
    jwks: z.looseObject({ keys: z.array(z.looseObject({})).min(1) }).optional(),
    jwksUrl: z.url({ protocol: /^https?$/ }).optional(),
    roleClaim: text.optional(),
  })
  .superRefine((one, context) => {
    const problem = keyProblem(one);
    if (problem !== null) context.addIssue({ code: "custom", message: problem });
  });

const apiKey = z.strictObject({
  id: z.string().regex(/^[a-z0-9]{4,32}$/, "4 to 32 lower-case letters and digits, as `holdfast keys new` prints it"),
  name: text,
  user: text,
  role: z.enum(ROLES),
  sha256: z.string().regex(/^[0-9a-f]{64}$/, "the SHA-256 of the key in hex: 64 characters 0-9 and a-f"),
  expiresAt: z.iso.datetime({ offset: true }).optional(),
});

const isOrigin = (value: string) =>
  URL.canParse(value) &&
  /^https?:$/.test(new URL(value).protocol) &&
  new URL(value).href === `${new URL(value).origin}/`;

const settings = z.strictObject({
  port: z.number().int().min(0).max(65_535).optional(),
  host: z
    .string()
    .regex(/^[A-Za-z0-9.:_-]+$/, "an address, without scheme and port, is expected")
    .optional(),
  auth: z
    .strictObject({
      jwt: z.array(issuer).min(1).optional(),
      apiKeys: z.array(apiKey).min(1).optional(),
    })
    .refine((auth) => auth.jwt !== undefined || auth.apiKeys !== undefined, "jwt, apiKeys or both are expected")
    .optional(),
  allowedHosts: z
    .array(
      z
        .string()
        .regex(/^[A-Za-z0-9.[\]:_-]+$/, 'a host name like "runs.example.org" is expected, without scheme and path'),
    )
    .optional(),
  allowedOrigins: z
    .array(
      z
        .string()
        .regex(
          /^(null|file:\/\/|[a-z][a-z0-9+.-]*:\/\/[^\s/?#@]+)$/,
          'an origin like "https://desk.example.org" or "app://desk" is expected, without a path',
        ),
    )
    .optional(),
  trustedProxy: z.array(text).optional(),
  inputFolders: z.array(text.refine(isAbsolute, "an absolute path is expected")).optional(),
  modelHosts: z
    .array(text.refine(isOrigin, 'scheme, host and port are expected, without a path: "https://models.example.org"'))
    .optional(),
  uploads: z
    .strictObject({
      bytesMax: z.number().int().min(1).optional(),
      ownerBytesMax: z.number().int().min(1).optional(),
      keepDays: z.number().int().min(1).max(36_500).optional(),
    })
    .optional(),
  redis: z
    .strictObject({
      url: text.regex(/^rediss?:\/\/[^\s]+$/, 'an address like "redis://127.0.0.1:6379" is expected'),
      prefix: text.max(100).optional(),
    })
    .optional(),
  rateLimit: z
    .union([
      z.literal(false),
      z.strictObject({ max: z.number().int().min(1), windowMs: z.number().int().min(1_000).max(DURATION_MAX_MS) }),
    ])
    .optional(),
});

/** What is wrong with the key of an issuer; null when nothing is. */
function keyProblem(one: {
  algorithm: JwtAlgorithm;
  secret?: string | undefined;
  jwks?: unknown;
  jwksUrl?: string | undefined;
}): string | null {
  const given = [one.secret, one.jwks, one.jwksUrl].filter((key) => key !== undefined).length;
  if (given !== 1) return "exactly one of secret, jwks and jwksUrl is expected";
  if (one.algorithm.startsWith("HS")) {
    if (one.secret === undefined) return `${one.algorithm} needs a secret`;
    const bytes = Buffer.byteLength(one.secret);
    return bytes < SECRET_BYTES_MIN
      ? `the secret has ${bytes} bytes, at least ${SECRET_BYTES_MIN} are expected: openssl rand -base64 48`
      : null;
  }
  if (one.secret !== undefined) return `${one.algorithm} needs public keys (jwks or jwksUrl), not a secret`;
  if (one.jwksUrl?.startsWith("http:") && !LOOPBACK.includes(new URL(one.jwksUrl).hostname)) {
    return "jwksUrl must be https: over http, anybody in between could insert their own keys";
  }
  return null;
}

/** @throws {ConfigInvalidError} CONFIG_INVALID — naming the setting, also where it would listen to the world unprotected. */
export function resolveSettings(given: ServerSettings): ResolvedSettings {
  const checked = settings.safeParse(withIssuerList(given));
  if (!checked.success) {
    const [first] = checked.error.issues;
    const path = ["server", ...(first?.path ?? [])].map(String).join(".");
    throw new ConfigInvalidError({ subject: path, problem: first?.message ?? "does not fit" });
  }
  const host = given.host ?? "127.0.0.1";
  const isLoopback = LOOPBACK.includes(host);
  const allowedHosts = given.allowedHosts ?? [];
  if (!isLoopback && given.auth === undefined) {
    throw new ConfigInvalidError({
      subject: "server.host",
      problem:
        `"${host}" can be reached from other machines, and no authentication is configured. Set server.auth (jwt or apiKeys; ` +
        "holdfast keys new creates a key), or listen on 127.0.0.1 and use ssh -L",
    });
  }
  if ((host === "0.0.0.0" || host === "::") && allowedHosts.length === 0) {
    throw new ConfigInvalidError({
      subject: "server.allowedHosts",
      problem: `"${host}" listens on every address; list the host names that it answers for: ["runs.example.org"]`,
    });
  }
  return {
    ...given,
    port: given.port ?? 4_680,
    host,
    isLoopback,
    issuers: issuersOf(given),
    apiKeys: given.auth?.apiKeys ?? [],
    allowedHosts,
    allowedOrigins: (given.allowedOrigins ?? []).map((origin) => origin.toLowerCase()),
    trustedProxy: given.trustedProxy ?? [],
    inputFolders: given.inputFolders ?? [],
    modelHosts: given.modelHosts ?? [],
    uploads: { ...UPLOADS_DEFAULT, ...withoutUndefined(given.uploads ?? {}) },
    rateLimit: given.rateLimit ?? RATE_LIMIT_DEFAULT,
  };
}

const withoutUndefined = <T extends object>(given: T) =>
  Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };

const issuersOf = ({ auth }: ServerSettings): readonly JwtIssuer[] =>
  auth?.jwt === undefined ? [] : [auth.jwt].flat();

/** One issuer is a list of one, so that what is wrong with it is told by its own name. */
function withIssuerList(given: ServerSettings): unknown {
  const { auth } = given;
  if (typeof auth !== "object" || auth === null || auth.jwt === undefined) return given;
  return { ...given, auth: { ...auth, jwt: issuersOf(given) } };
}
