/**
 * A project: its configuration file, the environment that overrides it, and the Holdfast instance that both describe. The
 * command adds flags; `openProject` does the same for programs.
 */
import { resolve } from "node:path";
import { type OptionNames, type RecoveryDefaults, type RetentionPolicy, refuseUnknownOptions } from "@holdfast/core";
import type { Holdfast, Workflow } from "@holdfast/engine";
import { environmentName, mergeSettings, readSettings, SETTING_NAMES, type Settings } from "./config.js";
import { type LoadedConfig, loadConfig } from "./config-file.js";
import type { OpenOptions } from "./open.js";
import { mergeRecoveryDefaults, readRecoveryDefaults, recoveryVariable } from "./recovery-settings.js";
import { mergeRetention, type RetentionSettings, readRetentionVariables } from "./retention-settings.js";
import { isLazy, WorkflowLoader } from "./workflow-loading.js";

/** Options of `openProject`. */
export interface ProjectOptions {
  /** Folder to search for `holdfast.config.ts`, `.js` or `.mjs`. Default: the working folder. */
  readonly cwd?: string | undefined;
  /** Configuration file, relative to `cwd`. Default: `HOLDFAST_CONFIG`, or the first of the default names in `cwd`. */
  readonly configFile?: string | undefined;
}

const PROJECT_OPTIONS: OptionNames<ProjectOptions> = { cwd: true, configFile: true };

/**
 * Opens a project's Holdfast instance as the command does: from `holdfast.config.*` with its workflows, overridden by the
 * `HOLDFAST_*` environment variables. Without a file there are no workflows, and the settings come from the environment and
 * the defaults. `openHoldfast` reads neither.
 * @throws {ConfigInvalidError} CONFIG_INVALID — with file and line, or the variable. @throws the errors of `openHoldfast`.
 * @example
 * ```ts
 * await using holdfast = await openProject();
 * console.log((await holdfast.runs.list({ status: "failed" })).rows);
 * ```
 */
export async function openProject(options: ProjectOptions = {}): Promise<Holdfast> {
  refuseUnknownOptions("openProject", options, PROJECT_OPTIONS);
  const { env } = process;
  const project = new Project({
    cwd: resolve(options.cwd ?? "."),
    variables: readProjectVariables(env),
    flags: () => ({ settings: {}, configFile: options.configFile }),
  });
  return (await project.open("workflows", {})).holdfast;
}

/** Settings of a project from the environment. */
export interface ProjectVariables {
  /** `HOLDFAST_URL`, `HOLDFAST_DATA_DIR`, `HOLDFAST_LEASE_MS`, … (`environmentName`). */
  readonly settings: Settings;
  /** `HOLDFAST_RETENTION_DAYS`, … */
  readonly retention: RetentionSettings;
  /** `HOLDFAST_IDLE_TIMEOUT_MS`, … */
  readonly recovery: RecoveryDefaults;
  /** `HOLDFAST_CONFIG`: the configuration file. */
  readonly configFile: string | undefined;
}

/** @throws {ConfigInvalidError} CONFIG_INVALID — with the variable whose value is invalid. */
export function readProjectVariables(variables: Readonly<Record<string, string | undefined>>): ProjectVariables {
  const texts = Object.fromEntries(SETTING_NAMES.map((name) => [name, variables[environmentName(name)]]));
  return {
    settings: readSettings(texts, environmentName),
    retention: readRetentionVariables(variables),
    recovery: readRecoveryDefaults((field) => variables[recoveryVariable(field)], recoveryVariable),
    configFile: variables.HOLDFAST_CONFIG || undefined,
  };
}

/** How the store is used: to look and steer, to run any workflow, or to run these. */
export type Need = "store" | "workflows" | { readonly workflows: readonly string[] };

/** Settings that override the file and the environment. */
export interface ProjectFlags {
  readonly settings: Settings;
  readonly recovery?: RecoveryDefaults | undefined;
  readonly configFile: string | undefined;
}

export interface ProjectParts {
  readonly cwd: string;
  readonly variables: ProjectVariables;
  readonly flags: () => ProjectFlags;
}

/** Reads each part once, when it is first needed. */
export class Project {
  private configPromise: Promise<LoadedConfig> | null = null;
  private loaderPromise: Promise<WorkflowLoader> | null = null;

  constructor(private readonly parts: ProjectParts) {}

  config(): Promise<LoadedConfig> {
    const { cwd, flags, variables } = this.parts;
    this.configPromise ??= loadConfig(cwd, flags().configFile ?? variables.configFile);
    return this.configPromise;
  }

  /** Settings: flags override the environment, which overrides the file. */
  async settings(): Promise<Settings & { readonly dataDir: string }> {
    const { config, folder } = await this.config();
    const { cwd, flags, variables } = this.parts;
    return mergeSettings({
      file: config,
      fileFolder: folder,
      environment: variables.settings,
      flags: flags().settings,
      cwd,
    });
  }

  /** Retention policy: the environment overrides the file. @throws {ConfigInvalidError} CONFIG_INVALID */
  async retention(): Promise<RetentionPolicy | false | undefined> {
    return mergeRetention((await this.config()).config.retention, this.parts.variables.retention);
  }

  /** Recovery settings for runs whose workflow does not set them: flags override the environment, which overrides the file. */
  async recoveryDefaults(): Promise<RecoveryDefaults> {
    const { flags, variables } = this.parts;
    return mergeRecoveryDefaults((await this.config()).config.defaults?.recovery, variables.recovery, flags().recovery);
  }

  loader(): Promise<WorkflowLoader> {
    this.loaderPromise ??= this.config().then(
      ({ config, file }) => new WorkflowLoader(config.workflows, file ?? "configuration"),
    );
    return this.loaderPromise;
  }

  /** Opens store and engine, loading only the necessary workflows if the configuration allows it. */
  async open(
    need: Need,
    extras: Pick<OpenOptions, "actor" | "onStoreWait" | "onNewStore">,
  ): Promise<{ readonly holdfast: Holdfast; readonly need: Need }> {
    const { config } = await this.config();
    // A list is already loaded, so leaving out workflows gains nothing.
    const met = isLazy(config.workflows) ? need : "workflows";
    const [workflows, settings, retention] = [await this.load(met), await this.settings(), await this.retention()];
    const defaults = { recovery: await this.recoveryDefaults() };
    const { openHoldfast } = await import("./open.js");
    return { holdfast: await openHoldfast({ ...settings, workflows, retention, defaults, ...extras }), need: met };
  }

  private async load(need: Need): Promise<readonly Workflow[]> {
    if (need === "store") return [];
    const loader = await this.loader();
    return need === "workflows" ? loader.all() : loader.some(need.workflows);
  }
}
