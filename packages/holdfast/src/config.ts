/**
 * The configuration of a project: its shape, `defineConfig`, the checks of its values, and the order in which file,
 * environment and flags override one another. Finding and loading the file lives in `config-file.ts`.
 */
import { resolve } from "node:path";
import { ConfigInvalidError } from "@holdfast/core";
import type { Workflow } from "@holdfast/engine";
import { didYouMean } from "./cli/suggest.js";

/** Workflows, or a function that loads them: then commands that only look at the store start without loading any. */
export type Workflows = readonly Workflow[] | (() => readonly Workflow[] | Promise<readonly Workflow[]>);

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
}

export interface HoldfastConfig extends Settings {
  readonly workflows: Workflows;
  /** Read by the server. */
  readonly server?: Readonly<Record<string, unknown>> | undefined;
  /** Read by workflows that call language models. */
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
export const SETTING_NAMES = [...TEXT_SETTINGS, ...DURATION_SETTINGS] as const;
export type SettingName = (typeof SETTING_NAMES)[number];
const CONFIG_KEYS: readonly string[] = [...SETTING_NAMES, "workflows", "server", "models"];

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
  for (const key of DURATION_SETTINGS) {
    const value = config[key];
    if (value !== undefined && !(typeof value === "number" && Number.isInteger(value) && value >= 0)) {
      return { key, problem: `${key}: whole milliseconds are expected, ${describe(value)} was given` };
    }
  }
  return findWorkflowsProblem(config.workflows);
}

function findWorkflowsProblem(workflows: unknown): ConfigProblem | null {
  if (typeof workflows === "function") return null;
  if (workflows === undefined) return { key: null, problem: "workflows is missing: workflows: [ … ]" };
  if (!Array.isArray(workflows)) {
    return { key: "workflows", problem: `workflows: a list is expected, ${describe(workflows)} was given` };
  }
  const seen = new Set<string>();
  for (const [index, workflow] of workflows.entries()) {
    if (!isWorkflow(workflow)) {
      return {
        key: "workflows",
        problem: `workflows[${index}]: what defineWorkflow() answers is expected, ${describe(workflow)} was given`,
      };
    }
    if (seen.has(workflow.name)) return { key: "workflows", problem: `workflows: "${workflow.name}" is there twice` };
    seen.add(workflow.name);
  }
  return null;
}

function isWorkflow(value: unknown): value is Workflow {
  if (typeof value !== "object" || value === null) return false;
  const { name, definition } = value as { name?: unknown; definition?: unknown };
  return typeof name === "string" && typeof definition === "object" && definition !== null;
}

function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${JSON.stringify(value) ?? typeof value}`;
}

/**
 * The workflows themselves, loading them where the configuration gives a function.
 * @throws {ConfigInvalidError} CONFIG_INVALID — when what the function answers are no workflows.
 */
export async function loadWorkflows(workflows: Workflows, subject: string): Promise<readonly Workflow[]> {
  if (typeof workflows !== "function") return workflows;
  const loaded: unknown = await workflows();
  const found = findWorkflowsProblem(loaded);
  if (found) throw new ConfigInvalidError({ subject, problem: found.problem });
  return loaded as readonly Workflow[];
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
    else if (/^\d{1,12}$/.test(text)) settings[name] = Number(text);
    else
      throw new ConfigInvalidError({
        subject: nameOf(name),
        problem: `whole milliseconds are expected, "${text}" was given`,
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
