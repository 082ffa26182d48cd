/**
 * The configuration of a project: its shape, `defineConfig`, the checks of its values, and the order in which file,
 * environment and flags override one another. Finding and loading the file lives in `config-file.ts`.
 */
import { resolve } from "node:path";
import { ConfigInvalidError, DURATION_MAX_MS, findRetentionProblem, type RetentionPolicy } from "@holdfast/core";
import { findExtensionProblem, type Generator, type LoadComparison } from "./extensions.js";
import { type Defaults, findConfigDefaultsProblem } from "./recovery-settings.js";
import { findServerProblem, type ServerSettings } from "./server-settings.js";
import { didYouMean } from "./suggest.js";
import { describe, findWorkflowsProblem, type Workflows } from "./workflow-loading.js";

/** What can be set in the file, by the environment and by flags alike. Durations are milliseconds. */
export interface Settings {
  /** Where the store is: `sqlite:<path>`. Default: `<dataDir>/holdfast.db`. */
  readonly url?: string | undefined;
  /** Where runs keep their files. Default: `.holdfast`. */
  readonly dataDir?: string | undefined;
  /** The worker's name; default: unique for each process. */
  readonly holder?: string | undefined;
  /** How long a lease lasts without a beat. Default 300,000: five minutes. */
  readonly leaseMs?: number | undefined;
  /** How often a lease is renewed. Default 5,000. */
  readonly heartbeatMs?: number | undefined;
  /** How long a stop waits for what is in flight. Default 25,000. */
  readonly stopGraceMs?: number | undefined;
  /** How long a stage may block the event loop before the process counts as hung. Default 1,800,000: half an hour. */
  readonly maxBlockedMs?: number | undefined;
  /** Bytes that must be free under the data folder before a resume. Default 300,000,000; 0 does not look. */
  readonly minFreeBytes?: number | undefined;
}

/** 300 MB: room for the results of some 40,000 model calls with their logs, twice over. */
export const MIN_FREE_BYTES_DEFAULT = 300_000_000;

/** Five resumes back: enough to notice a mistake, and the store is on the disk six times at the most. */
export const KEEP_BACKUPS_DEFAULT = 5;

/** Configuration of a project: what `holdfast.config.ts` exports. */
export interface HoldfastConfig extends Settings {
  /** A list, a function that loads one, or by name a function that loads each: the quickest, see `Workflows`. */
  readonly workflows: Workflows;
  /** Copy the store to `<dataDir>/backups/<UTC>.db` before each resume. Default false. */
  readonly backup?: boolean | undefined;
  /** How many of those copies stay: older ones are removed when a new one is written. Default 5, at least 1. */
  readonly keepBackups?: number | undefined;
  /** What workers remove without being asked: finished runs over an age. Default: nothing. */
  readonly retention?: RetentionPolicy | false | undefined;
  /** What runs are judged by where their workflow says nothing. Default: two hours of idleness. */
  readonly defaults?: Defaults | undefined;
  /** What `holdfast generate <what>` can make. Default: nothing. */
  readonly generators?: Readonly<Record<string, Generator>> | undefined;
  /** By workflow: what `holdfast diff` says about two of its runs besides what differs. Default: nothing. */
  readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
  /** What `holdfast serve` offers, and to whom. Default: loopback only. */
  readonly server?: ServerSettings | undefined;
  /** Read by workflows that call language models. Default: none. */
  readonly models?: Readonly<Record<string, unknown>> | undefined;
}

/**
 * The configuration of `holdfast.config.ts`, with its types.
 *
 * @example
 * ```ts
 * export default defineConfig({ workflows: [brief] });
 * ```
 */
export function defineConfig(config: HoldfastConfig): HoldfastConfig {
  return config;
}

const TEXT_SETTINGS = ["url", "dataDir", "holder"] as const;
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

/** What is wrong with a configuration value, and under which key; null when nothing is. */
export interface ConfigProblem {
  readonly key: string | null;
  readonly problem: string;
}

/** Check what a configuration file exported. */
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
 * Settings as texts (from the environment or flags), checked. `nameOf` words a setting for messages.
 * @throws {ConfigInvalidError} CONFIG_INVALID — naming the variable or flag.
 */
export function readSettings(
  texts: Readonly<Partial<Record<SettingName, string | undefined>>>,
  nameOf: (setting: SettingName) => string,
): Settings {
  const settings: { -readonly [K in SettingName]?: string | number } = {};
  for (const name of SETTING_NAMES) {
    const text = texts[name];
    // An empty variable is one that was taken back, not a value.
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

/** Flags over environment over file. Paths of the file are relative to its folder, the others to `cwd`. */
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

/** `sqlite:./a.db` means a file beside the configuration, wherever the command is typed. */
function absoluteUrl(url: string, folder: string): string {
  const path = url.match(/^sqlite:(?!\/\/)(.+)$/)?.[1];
  if (path === undefined || path.startsWith(":memory:")) return url;
  return `sqlite:${resolve(folder, path)}`;
}
