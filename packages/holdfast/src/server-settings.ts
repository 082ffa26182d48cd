/**
 * The `server` section as far as every command checks it: its keys, their types, and the environment that overrides them. The
 * server checks the combination of settings (who may reach it, with which keys) when it starts.
 */
import { ConfigInvalidError } from "@holdfast/core";
import type { ServerSettings } from "@holdfast/server";
import { didYouMean } from "./suggest.js";
import { describe } from "./workflow-loading.js";

export type { ServerSettings } from "@holdfast/server";

export const LOG_LEVELS = ["debug", "info", "warn", "error", "silent"] as const;

const KEYS = [
  "port",
  "host",
  "auth",
  "allowedHosts",
  "allowedOrigins",
  "trustedProxy",
  "inputFolders",
  "modelHosts",
  "uploads",
  "redis",
  "rateLimit",
] as const satisfies readonly (keyof ServerSettings)[];

/** Problem with the section that can be found without a server; null if there is none. */
export function findServerProblem(server: unknown): string | null {
  if (server === undefined) return null;
  if (typeof server !== "object" || server === null || Array.isArray(server)) {
    return `server: an object is expected, ${describe(server)} was given`;
  }
  const section = server as Record<string, unknown>;
  for (const key of Object.keys(section)) {
    if (!(KEYS as readonly string[]).includes(key)) {
      return `server: there is no setting "${key}".${didYouMean(key, KEYS)}`;
    }
  }
  const { port, host, allowedHosts, allowedOrigins, trustedProxy, inputFolders, modelHosts } = section;
  if (port !== undefined && !isPort(port)) return `server.port: 0 to 65535 is expected, ${describe(port)} was given`;
  if (host !== undefined && typeof host !== "string")
    return `server.host: a text is expected, ${describe(host)} was given`;
  for (const [key, value] of Object.entries({ allowedHosts, allowedOrigins, trustedProxy, inputFolders, modelHosts })) {
    if (value !== undefined && !isTexts(value))
      return `server.${key}: a list of texts is expected, ${describe(value)} was given`;
  }
  return null;
}

const isPort = (value: unknown) =>
  typeof value === "number" && Number.isInteger(value) && value >= 0 && value <= 65_535;
const isTexts = (value: unknown) => Array.isArray(value) && value.every((one) => typeof one === "string");

/** `HOLDFAST_SERVER_PORT` and the like; lists are separated by commas. */
export const SERVER_VARIABLES = {
  port: "HOLDFAST_SERVER_PORT",
  host: "HOLDFAST_SERVER_HOST",
  allowedHosts: "HOLDFAST_SERVER_ALLOWED_HOSTS",
  allowedOrigins: "HOLDFAST_SERVER_ALLOWED_ORIGINS",
  trustedProxy: "HOLDFAST_SERVER_TRUSTED_PROXY",
  inputFolders: "HOLDFAST_SERVER_INPUT_FOLDERS",
  modelHosts: "HOLDFAST_SERVER_MODEL_HOSTS",
  redis: "REDIS_URL",
} as const;

/** @throws {ConfigInvalidError} CONFIG_INVALID — with the name of the variable. */
export function readServerVariables(variables: Readonly<Record<string, string | undefined>>): ServerSettings {
  const text = (key: keyof typeof SERVER_VARIABLES) => variables[SERVER_VARIABLES[key]]?.trim() || undefined;
  const list = (key: keyof typeof SERVER_VARIABLES) =>
    text(key)
      ?.split(",")
      .map((one) => one.trim())
      .filter(Boolean);
  const port = text("port");
  if (port !== undefined && !(/^\d{1,5}$/.test(port) && isPort(Number(port)))) {
    throw new ConfigInvalidError({
      subject: SERVER_VARIABLES.port,
      problem: `0 to 65535 is expected, "${port}" was given`,
    });
  }
  const found = {
    port: port === undefined ? undefined : Number(port),
    host: text("host"),
    allowedHosts: list("allowedHosts"),
    allowedOrigins: list("allowedOrigins"),
    trustedProxy: list("trustedProxy"),
    inputFolders: list("inputFolders"),
    modelHosts: list("modelHosts"),
    redis: redisOf(variables),
  };
  return Object.fromEntries(Object.entries(found).filter(([, value]) => value !== undefined));
}

/** `REDIS_URL`, the name that hosting providers use, with `HOLDFAST_REDIS_PREFIX`. */
function redisOf(variables: Readonly<Record<string, string | undefined>>): ServerSettings["redis"] {
  const url = variables.REDIS_URL?.trim() || undefined;
  const prefix = variables.HOLDFAST_REDIS_PREFIX?.trim() || undefined;
  return url === undefined ? undefined : { url, prefix };
}
