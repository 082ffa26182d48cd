/**
 * Project configuration: its type, `defineConfig`, validation, and the order in which file, environment and flags override
 * each other. `config-file.ts` finds and loads the file.
 */
import { resolve } from "node:path";
import { ConfigInvalidError, DURATION_MAX_MS, findRetentionProblem, type RetentionPolicy } from "@holdfast/core";
import { findExtensionProblem, type Generator, type LoadComparison } from "./extensions.js";
import { type Defaults, findConfigDefaultsProblem } from "./recovery-settings.js";
import { findServerProblem, type ServerSettings } from "./server-settings.js";
import { didYouMean } from "./suggest.js";
import { describe, findWorkflowsProblem, type Workflows } from "./workflow-loading.js";

/** Settings that the file, the environment and flags can all set. Durations are in milliseconds. */
export interface Settings {
  /** Address of the store: `sqlite:<path>` or `postgres://<host>/<database>`. Default: `<dataDir>/holdfast.db`. */
  readonly url?: string | undefined;
  /**
   * Address of the PostgreSQL server itself, where `url` is that of a pooler such as PgBouncer. It carries the lock by which other
   * hosts notice within seconds that a worker has died. Default: `url`.
   */
  readonly directUrl?: string | undefined;
  /** Folder for the files of runs. Default: `.holdfast`. */
  readonly dataDir?: string | undefined;
  /**
   * Object storage for artifacts, large outputs and logs, which several hosts share: `s3://<bucket>/<prefix>`, with `?endpoint=`
   * for a server that is not Amazon's. Default: the data folder.
   */
  readonly artifacts?: string | undefined;
  /** The worker's name; default: unique for each process. */
  readonly holder?: string | undefined;
  /** How long a lease lasts without a heartbeat. Default 300,000: five minutes. */
  readonly leaseMs?: number | undefined;
  /** Interval between heartbeats. Default 5,000. */
  readonly heartbeatMs?: number | undefined;
  /** How long a stop waits for work in flight. Default 25,000. */
  readonly stopGraceMs?: number | undefined;
  /** How long a stage may block the event loop before the process counts as hung. Default 1,800,000: half an hour. */
  readonly maxBlockedMs?: number | undefined;
  /** Free space in bytes that a resume requires under the data folder. Default 300,000,000; 0 turns the check off. */
  readonly minFreeBytes?: number | undefined;
}

/** 300 MB: room for the results of some 40,000 model calls with their logs, twice over. */
export const MIN_FREE_BYTES_DEFAULT = 300_000_000;

/** The last five resumes: enough to notice a mistake, and the disk holds the store at most six times. */
export const KEEP_BACKUPS_DEFAULT = 5;

/** Project configuration, exported by `holdfast.config.ts`. */
export interface HoldfastConfig extends Settings {
  /** A list, a function that loads a list, or an object with a loading function for each workflow, which is the fastest: see `Workflows`. */
  readonly workflows: Workflows;
  /** Copy the store to `<dataDir>/backups/<UTC>.db` before each resume. Default false. */
  readonly backup?: boolean | undefined;
  /** Number of those copies to keep: older ones are removed when a new one is written. Default 5, at least 1. */
  readonly keepBackups?: number | undefined;
  /** Retention policy: the finished runs that workers remove automatically. Default: nothing. */
  readonly retention?: RetentionPolicy | false | undefined;
  /** Defaults for settings that workflows leave out. Default: an idle timeout of two hours. */
  readonly defaults?: Defaults | undefined;
  /** Generators for `holdfast generate <what>`. Default: none. */
  readonly generators?: Readonly<Record<string, Generator>> | undefined;
  /** Comparisons by workflow name, which `holdfast diff` adds to the differences of two runs. Default: none. */
  readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
  /** Settings of `holdfast serve`. Default: it listens on loopback only. */
  readonly server?: ServerSettings | undefined;
  /** Read by workflows that call language models. Default: none. */
  readonly models?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * Returns the configuration unchanged, with its types checked. Use it as the default export of `holdfast.config.ts`.
 *
 * @example
 * ```ts
 * export default defineConfig({ workflows: [brief] });
 * ```
 */
export function defineConfig(config: HoldfastConfig): HoldfastConfig {
  return config;
}

const TEXT_SETTINGS = ["url", "directUrl", "dataDir", "artifacts", "holder"] as const;
const DURATION_SETTINGS = ["leaseMs", "heartbeatMs", "stopGraceMs", "maxBlockedMs"] as const;
const SIZE_SETTINGS = ["minFreeBytes"] as const;
export const SETTING_NAMES = [...TEXT_SETTINGS, ...DURATION_SETTINGS, ...SIZE_SETTINGS] as const;
export type SettingName = (typeof SETTING_NAMES)[number];
const CONFIG_KEYS: readonly string[] = [
  ...SETTING_NAMES,
  "workflows",
  "backup",
  "keepBackups",
  "retention",
  "defaults",
  "generators",
  "comparisons",
  "server",
  "models",
];

const isSize = (name: string) => (SIZE_SETTINGS as readonly string[]).includes(name);
const unitOf = (name: string, value: unknown) => {
  if (isSize(name)) return "whole bytes";
  return Number(value) > DURATION_MAX_MS ? `at most ${DURATION_MAX_MS} milliseconds (10 years)` : "whole milliseconds";
};
/** A whole number from 0; of milliseconds at most ten years. */
const isSetting = (name: string, value: unknown) =>
  Number.isInteger(value) && (value as number) >= 0 && (isSize(name) || (value as number) <= DURATION_MAX_MS);

/** `leaseMs` → `HOLDFAST_LEASE_MS`. */
export function environmentName(setting: SettingName): string {
  return `HOLDFAST_${setting.replace(/([A-Z])/g, "_$1").toUpperCase()}`;
}

/** Problem with a configuration value, and its key; null if there is none. */
export interface ConfigProblem {
  readonly key: string | null;
  readonly problem: string;
}

/** Checks the export of a configuration file. */
export function findConfigProblem(found: unknown): ConfigProblem | null {
  if (typeof found !== "object" || found === null || Array.isArray(found)) {
    return { key: null, problem: "the default export must be a configuration: export default defineConfig({ … })" };
  }
  const config = found as Record<string, unknown>;
  for (const key of Object.keys(config)) {
    if (!CONFIG_KEYS.includes(key))
      return { key, problem: `there is no setting "${key}".${didYouMean(key, CONFIG_KEYS)}` };
  }
  for (const key of TEXT_SETTINGS) {
    const value = config[key];
    if (value !== undefined && (typeof value !== "string" || value === "")) {
      return { key, problem: `${key}: a text is expected, ${describe(value)} was given` };
    }
  }
  for (const key of [...DURATION_SETTINGS, ...SIZE_SETTINGS]) {
    const value = config[key];
    if (value !== undefined && !isSetting(key, value)) {
      return { key, problem: `${key}: ${unitOf(key, value)} are expected, ${describe(value)} was given` };
    }
  }
  if (config.backup !== undefined && typeof config.backup !== "boolean") {
    return { key: "backup", problem: `backup: true or false is expected, ${describe(config.backup)} was given` };
  }
  const serverProblem = findServerProblem(config.server);
  if (serverProblem !== null) return { key: "server", problem: serverProblem };
  const { keepBackups } = config;
  if (keepBackups !== undefined && !(Number.isInteger(keepBackups) && (keepBackups as number) >= 1)) {
    const problem = `keepBackups: a whole number from 1 is expected, ${describe(keepBackups)} was given`;
    return { key: "keepBackups", problem };
  }
  const retention = config.retention === undefined ? null : findRetentionProblem(config.retention);
  if (retention !== null) return { key: "retention", problem: retention };
  const defaultsProblem = findConfigDefaultsProblem(config.defaults);
  if (defaultsProblem !== null) return { key: "defaults", problem: defaultsProblem };
  if (config.workflows === undefined) return { key: null, problem: "workflows is missing: workflows: [ … ]" };
  const problem = findWorkflowsProblem(config.workflows);
  return problem === null ? findExtensionProblem(config) : { key: "workflows", problem };
}

/**
 * Checks settings that are given as text, in the environment or in flags. `nameOf` names a setting in messages.
 * @throws {ConfigInvalidError} CONFIG_INVALID — with the name of the variable or flag.
 */
export function readSettings(
  texts: Readonly<Partial<Record<SettingName, string | undefined>>>,
  nameOf: (setting: SettingName) => string,
): Settings {
  const settings: { -readonly [K in SettingName]?: string | number } = {};
  for (const name of SETTING_NAMES) {
    const text = texts[name];
    // An empty variable counts as not set.
    if (text === undefined || text === "") continue;
    if ((TEXT_SETTINGS as readonly string[]).includes(name)) settings[name] = text;
    else if (/^\d{1,15}$/.test(text) && isSetting(name, Number(text))) settings[name] = Number(text);
    else
      throw new ConfigInvalidError({
        subject: nameOf(name),
        problem: `${unitOf(name, text)} are expected, "${text}" was given`,
      });
  }
  return settings as Settings;
}

/** Merges the layers: flags override the environment, which overrides the file. Paths in the file are relative to its folder, others to `cwd`. */
export function mergeSettings(layers: {
  readonly file: Settings;
  readonly fileFolder: string;
  readonly environment: Settings;
  readonly flags: Settings;
  readonly cwd: string;
}): Settings & { readonly dataDir: string } {
  const { file, environment, flags, cwd, fileFolder } = layers;
  const over: Record<string, unknown> = {};
  for (const name of SETTING_NAMES) {
    const value = flags[name] ?? environment[name] ?? file[name];
    if (value !== undefined) over[name] = value;
  }
  const isFromFile = (name: SettingName) => flags[name] === undefined && environment[name] === undefined;
  const dataDir = typeof over.dataDir === "string" ? over.dataDir : ".holdfast";
  over.dataDir = resolve(isFromFile("dataDir") ? fileFolder : cwd, dataDir);
  if (typeof over.url === "string") over.url = absoluteUrl(over.url, isFromFile("url") ? fileFolder : cwd);
  return { ...(over as Settings), dataDir: over.dataDir as string };
}

/** `sqlite:./a.db` is relative to the configuration's folder, whatever the working folder is. */
function absoluteUrl(url: string, folder: string): string {
  const path = url.match(/^sqlite:(?!\/\/)(.+)$/)?.[1];
  if (path === undefined || path.startsWith(":memory:")) return url;
  return `sqlite:${resolve(folder, path)}`;
}
