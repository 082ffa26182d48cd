/**
 * Context of a command: the console, the configuration and the store. Each is opened when it is first needed, and closed
 * by the command line when the command has ended.
 */

import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { plural, type RetentionPolicy } from "@holdfast/core";
import type { Holdfast, RunView, StoreWait, Workflow } from "@holdfast/engine";
import { readSettings, SETTING_NAMES, type SettingName, type Settings } from "../config.js";
import type { LoadedConfig } from "../config-file.js";
import { type Need, Project, type ProjectFlags } from "../project.js";
import { readRecoveryDefaults, recoveryFlag } from "../recovery-settings.js";
import type { ServerSettings } from "../server-settings.js";
import type { Args } from "./args.js";
import type { Console } from "./console.js";
import type { Environment } from "./environment.js";
import { wordStoreWait } from "./output/store-wait.js";

export interface CliParts {
  readonly console: Console;
  readonly environment: Environment;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
}

export class Cli {
  readonly console: Console;
  readonly environment: Environment;
  readonly cwd: string;
  readonly stdin: NodeJS.ReadStream;
  /** Reads the flags lazily, because some words are examined before all flags are known. */
  private readonly project: Project;
  /** Prints a notice for the user; replaced while a live display is drawing. */
  notice: (text: string) => void = (text) => this.console.message(text);
  private opened: { readonly holdfast: Holdfast; readonly need: Need } | null = null;
  private flags: ProjectFlags = { settings: {}, configFile: undefined };

  constructor(parts: CliParts) {
    this.console = parts.console;
    this.environment = parts.environment;
    this.cwd = parts.cwd;
    this.stdin = parts.stdin;
    this.project = new Project({ cwd: this.cwd, variables: this.environment, flags: () => this.flags });
  }

  nowMs(): number {
    return Date.now();
  }

  /**
   * Applies the settings among the flags; a worker's recovery settings only for commands that supervise (`recover` has its own limits).
   * @throws {ConfigInvalidError} CONFIG_INVALID — with the flag.
   */
  useFlags(args: Args, { isJudging = false }: { readonly isJudging?: boolean } = {}): void {
    const texts = Object.fromEntries(SETTING_NAMES.map((name) => [name, args.text(settingFlag(name))]));
    this.flags = {
      settings: readSettings(texts, (name) => `--${settingFlag(name)}`),
      recovery: readRecoveryDefaults(
        (field) => (isJudging ? args.text(recoveryFlag(field)) : undefined),
        (field) => `--${recoveryFlag(field)}`,
      ),
      configFile: args.text("config-file"),
    };
  }

  config(): Promise<LoadedConfig> {
    return this.project.config();
  }

  settings(): Promise<Settings & { readonly dataDir: string }> {
    return this.project.settings();
  }

  /** The configured retention; also undefined if the configuration turns retention off. */
  async retention(): Promise<RetentionPolicy | undefined> {
    return (await this.project.retention()) || undefined;
  }

  /** The `server` section: flags override the environment, which overrides the file. Folders in the file are relative to the file's folder. */
  async serverSettings(flags: ServerSettings): Promise<ServerSettings> {
    const { config, folder } = await this.config();
    const under = (base: string, { inputFolders, ...rest }: ServerSettings): ServerSettings =>
      inputFolders === undefined ? rest : { ...rest, inputFolders: inputFolders.map((one) => resolve(base, one)) };
    return { ...under(folder, config.server ?? {}), ...under(this.cwd, this.environment.server), ...flags };
  }

  async workflows(): Promise<readonly Workflow[]> {
    return (await this.project.loader()).all();
  }

  async workflowNames(): Promise<readonly string[]> {
    return (await this.project.loader()).names();
  }

  /** @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW */
  async workflow(name: string): Promise<Workflow> {
    return (await this.project.loader()).one(name);
  }

  /**
   * Opens store and engine. "store" loads no workflows if the configuration allows it, which is fast and enough to read
   * and to steer. A workflow's name loads that workflow. An instance that was opened with less is closed and opened again, so
   * do not keep earlier handles.
   */
  async open(need: Need): Promise<Holdfast> {
    if (this.opened !== null && isEnough(this.opened.need, need)) return this.opened.holdfast;
    await this.close();
    const { currentActor } = await import("@holdfast/engine");
    const onStoreWait = (wait: StoreWait | null) => this.notice(wordStoreWait(wait));
    const onNewStore = ({ retention }: { readonly retention: RetentionPolicy | null }) => {
      this.notice(wordNewStore(retention));
    };
    this.opened = await this.project.open(need, { actor: currentActor("cli"), onStoreWait, onNewStore });
    return this.opened.holdfast;
  }

  async close(): Promise<void> {
    const opened = this.opened;
    this.opened = null;
    await opened?.holdfast.close();
  }

  /** Where the files of a run are: its folder, or its prefix on object storage. */
  async artifactFolder(holdfast: Holdfast, run: RunView): Promise<string> {
    const { artifacts } = await this.settings();
    return artifacts === undefined
      ? join(holdfast.dataDir, "runs", run.id)
      : `${artifacts.replace(/\/*(\?.*)?$/s, "")}/${run.id}`;
  }

  /** Asks on a terminal; without one the answer is yes, since nobody is there to ask. */
  async confirm(question: string): Promise<boolean> {
    if (!this.canAsk) return true;
    const reader = createInterface({ input: this.stdin });
    this.console.frame(`${question} [y/N] `);
    // If the input ends without an answer, that is not a yes.
    const answer = await new Promise<string>((resolve) => {
      reader.once("line", resolve).once("close", () => resolve(""));
    });
    reader.close();
    return /^y(es)?$/i.test(answer.trim());
  }

  get canAsk(): boolean {
    return this.stdin.isTTY === true && !this.console.isJson;
  }
}

function isEnough(had: Need, need: Need): boolean {
  if (had === "workflows" || need === "store") return true;
  if (had === "store" || need === "workflows") return false;
  return need.workflows.every((name) => had.workflows.includes(name));
}

/** `leaseMs` → `lease-ms`. */
function settingFlag(name: SettingName): string {
  return name.replace(/([A-Z])/g, "-$1").toLowerCase();
}

/** Notice printed once, when the store is created: automatic removal must not be a surprise. */
function wordNewStore(retention: RetentionPolicy | null): string {
  if (retention === null) return "New store. Nothing is removed from it automatically.";
  const { days, statuses } = retention;
  const which = statuses === undefined ? "finished" : statuses.join(" and ");
  const kept = statuses === undefined || statuses.includes("completed") ? "" : "; completed ones are kept";
  return `New store. Workers remove ${which} runs after ${plural(days, "day")}${kept}. Your configuration's retention changes that.`;
}
