/**
 * What a command is given: the console, the configuration and the store behind them, each opened when first asked for
 * and closed by the command line when the command has ended.
 */

import { join } from "node:path";
import { createInterface } from "node:readline/promises";
import { UnknownWorkflowError } from "@holdfast/core";
import type { Holdfast, RunView, Workflow } from "@holdfast/engine";
import {
  loadWorkflows,
  mergeSettings,
  readSettings,
  SETTING_NAMES,
  type SettingName,
  type Settings,
} from "../config.js";
import { type LoadedConfig, loadConfig } from "../config-file.js";
import type { Args } from "./args.js";
import type { Console } from "./console.js";
import type { Environment } from "./environment.js";

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
  private configPromise: Promise<LoadedConfig> | null = null;
  private workflowsPromise: Promise<readonly Workflow[]> | null = null;
  private opened: Holdfast | null = null;
  private flags: { settings: Settings; configFile: string | undefined } = { settings: {}, configFile: undefined };

  constructor(parts: CliParts) {
    this.console = parts.console;
    this.environment = parts.environment;
    this.cwd = parts.cwd;
    this.stdin = parts.stdin;
  }

  nowMs(): number {
    return Date.now();
  }

  /** Take the settings among the flags. @throws {ConfigInvalidError} CONFIG_INVALID — naming the flag. */
  useFlags(args: Args): void {
    const texts = Object.fromEntries(SETTING_NAMES.map((name) => [name, args.text(settingFlag(name))]));
    this.flags = {
      settings: readSettings(texts, (name) => `--${settingFlag(name)}`),
      configFile: args.text("config-file"),
    };
  }

  config(): Promise<LoadedConfig> {
    this.configPromise ??= loadConfig(this.cwd, this.flags.configFile ?? this.environment.configFile);
    return this.configPromise;
  }

  async settings(): Promise<Settings & { readonly dataDir: string }> {
    const { config, folder } = await this.config();
    return mergeSettings({
      file: config,
      fileFolder: folder,
      environment: this.environment.settings,
      flags: this.flags.settings,
      cwd: this.cwd,
    });
  }

  workflows(): Promise<readonly Workflow[]> {
    this.workflowsPromise ??= this.config().then(({ config, file }) =>
      loadWorkflows(config.workflows, file ?? "configuration"),
    );
    return this.workflowsPromise;
  }

  /** @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW */
  async workflow(name: string): Promise<Workflow> {
    const known = await this.workflows();
    const found = known.find((workflow) => workflow.name === name);
    if (!found) throw new UnknownWorkflowError({ workflow: name, known: known.map((workflow) => workflow.name) });
    return found;
  }

  /**
   * The opened store and engine. "store" leaves the workflows unloaded where the configuration allows it: enough to look
   * and to steer, and quick.
   */
  async open(need: "store" | "workflows"): Promise<Holdfast> {
    if (this.opened) return this.opened;
    const { config } = await this.config();
    const isLazy = typeof config.workflows === "function" && need === "store";
    const workflows = isLazy ? [] : await this.workflows();
    const { openHoldfast } = await import("../open.js");
    this.opened = await openHoldfast({ ...(await this.settings()), workflows });
    return this.opened;
  }

  async close(): Promise<void> {
    await this.opened?.close();
    this.opened = null;
  }

  artifactFolder(holdfast: Holdfast, run: RunView): string {
    return join(holdfast.dataDir, "runs", run.id);
  }

  /** Ask on a terminal; without one the answer is yes, since nobody is there to ask. */
  async confirm(question: string): Promise<boolean> {
    if (!this.canAsk) return true;
    const reader = createInterface({ input: this.stdin, output: process.stderr });
    try {
      const answer = await reader.question(`${question} [y/N] `);
      return /^y(es)?$/i.test(answer.trim());
    } finally {
      reader.close();
    }
  }

  get canAsk(): boolean {
    return this.stdin.isTTY === true && !this.console.isJson;
  }
}

/** `leaseMs` → `lease-ms`. */
function settingFlag(name: SettingName): string {
  return name.replace(/([A-Z])/g, "-$1").toLowerCase();
}
