/** What a command declares of itself, and the words to declare it with. The commands stand in `catalogue.ts`. */
import type { Args, OptionSpec, PositionalSpec } from "./args.js";
import type { Cli } from "./cli.js";
import type { FlagForm } from "./flag-form.js";

export interface CommandModule {
  /** Answers the exit code. `form` is there for commands with flags from a workflow's input, or from a generator. */
  run(cli: Cli, args: Args, form: FlagForm | null): Promise<number>;
}

export interface CommandSpec {
  /** One word, or two ("db backup"). */
  readonly name: string;
  readonly summary: string;
  readonly positionals: readonly PositionalSpec[];
  readonly options: readonly OptionSpec[];
  /** The first positional is a workflow, whose input's fields are flags. */
  readonly hasInputFlags?: boolean | undefined;
  /** The first positional is a generator, whose options are flags. */
  readonly hasGeneratorFlags?: boolean | undefined;
  /** Not shown in help and completion. */
  readonly isHidden?: boolean | undefined;
  /** Words of this command that mean something else elsewhere, put as the parser knows them. */
  readonly respell?: ((tokens: readonly string[]) => readonly string[]) | undefined;
  /** Left as they are, not parsed: words to complete. */
  readonly takesRawWords?: boolean | undefined;
  readonly load: () => Promise<CommandModule>;
}

export const flag = (name: string, about: string, short?: string): OptionSpec => ({ name, kind: "flag", about, short });
export const text = (name: string, value: string, about: string, choices?: readonly string[]): OptionSpec => ({
  name,
  kind: "text",
  value,
  about,
  choices,
});
export const list = (name: string, value: string, about: string, choices?: readonly string[]): OptionSpec => ({
  name,
  kind: "list",
  value,
  about,
  choices,
});
export const word = (name: string, about: string, isRequired = true): PositionalSpec => ({ name, isRequired, about });

export const RUN = word("runId", "the run: its ID, a unique prefix of it, or @last");
/** `--url` alone asks for the address of a page; with a store's address after it, it is the store, as everywhere. */
export function respellPageUrl(tokens: readonly string[]): readonly string[] {
  const isStore = (token = "") => /^[a-z][a-z0-9+.-]*:/i.test(token);
  return tokens.map((token, i) => (token === "--url" && !isStore(tokens[i + 1]) ? "--page-url" : token));
}

export const WORKFLOW = text("workflow", "W", "only runs of this workflow");
export const REASON = text("reason", "TEXT", "the reason, for the run's history and the audit log");
export const YES = flag("yes", "do not ask for confirmation", "y");
export const RUN_OR_MANY = word("runId", `${RUN.about}; without it, --where`, false);
/** One act on many runs. */
export const OF_MANY: readonly OptionSpec[] = [
  text("where", "SEARCH", "every run that matches, as in `holdfast runs`: 'status=failed workflow=brief'"),
  flag("check-only", "with --where: only show what would be done; exits with 8 if there is something to do"),
  text("plan-id", "ID", "with --where: do exactly what --check-only showed, or nothing if that has changed (6)"),
];
export const REASON_OF_MANY = text(
  "reason",
  "TEXT",
  "with --where: the reason, for the runs' history and the audit log",
);
/** How a worker holds its leases. */
export const LEASE: readonly OptionSpec[] = [
  text("holder", "NAME", "the name of this worker"),
  text("lease-ms", "MS", "how long a lease lasts without a heartbeat (default 300000)"),
  text("heartbeat-ms", "MS", "interval between heartbeats (default 5000)"),
  text("stop-grace-ms", "MS", "how long a stop waits for work in flight (default 25000)"),
  text("max-blocked-ms", "MS", "how long a stage may block the process (default 1800000)"),
];
/** By what a worker judges runs whose workflow says nothing. */
export const JUDGES: readonly OptionSpec[] = [
  text("idle-timeout-ms", "MS", "idle timeout for workflows that set none, or never (default 7200000)"),
  text("idle-check-ms", "MS", "how often to check for idle runs (default 300000)"),
  text("max-retries", "N", "retries of a run that idled after making progress (default 2)"),
  text("max-recoveries", "N", "recoveries in a row before a run fails (default 3)"),
  text("on-stall", "WHAT", "what to do with a dead worker's runs (default resume)", ["resume", "pause", "fail"]),
];

/** All commands, as completion looks through them. */
export interface CommandTable {
  readonly findCommand: (words: readonly string[]) => { readonly spec: CommandSpec; readonly wordCount: number } | null;
  readonly visibleCommands: () => readonly CommandSpec[];
  /** Options of every command. */
  readonly globalOptions: readonly OptionSpec[];
}
