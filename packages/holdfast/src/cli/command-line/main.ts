/**
 * The command line's entry: find the command, parse its words, run it, turn its ending into output and an exit code.
 * The only place that reads the process's arguments and ends the process.
 */
import { readFileSync } from "node:fs";
import { EXIT, exitCodeOfError, WrongUseError } from "@holdfast/core";
import { hasConfigFile, NO_CONFIG_FILE } from "../../config-file.js";
import { didYouMean } from "../../suggest.js";
import { Args, looseWords, type OptionSpec, parseArgs } from "../args.js";
import { Cli } from "../cli.js";
import { JUDGES } from "../command-spec.js";
import { Console } from "../console.js";
import { readDisplay, readEnvironment } from "../environment.js";
import type { FlagForm } from "../flag-form.js";
import { keepHeapSmall } from "../heap.js";
import { COMMANDS, type CommandSpec, findCommand, GLOBAL_OPTIONS, visibleCommands } from "./catalogue.js";

/** From the words that were typed to those of the command; null when everything was said already. */
export type ReadWords = (typed: readonly string[], console: Console) => readonly string[] | null;

const asTyped: ReadWords = (typed) => typed;

/** Runs one command line to its end. Never throws: every problem is shown and becomes the code answered. */
export async function runCommandLine(
  typed: readonly string[],
  host: NodeJS.Process,
  read: ReadWords = asTyped,
): Promise<number> {
  const console = makeConsole(typed, host);
  let cli: Cli | null = null;
  try {
    const tokens = read(typed, console);
    if (tokens === null) return EXIT.done;
    if (tokens.includes("--version") || tokens[0] === "-V") {
      console.lines([versionText()]);
      return EXIT.done;
    }
    const asked = await findOrHelp(tokens, console, host);
    if (asked === null) return EXIT.done;
    cli = new Cli({ console, environment: readEnvironment(host.env), cwd: host.cwd(), stdin: host.stdin });
    const code = await runCommand(asked.spec, asked.rest, cli);
    await cli.close();
    if (console.failure) throw console.failure;
    return code;
  } catch (thrown) {
    await showProblem(thrown, console, readDisplay(host.env).isDebug);
    // The problem that is shown is the first one; closing after it may fail for the same cause.
    await cli?.close().catch(() => undefined);
    return exitCodeOfError(thrown);
  }
}

/** `--json` and colour must hold for errors of parsing too, so they are looked for before anything is parsed. */
function makeConsole(tokens: readonly string[], host: NodeJS.Process): Console {
  const display = readDisplay(host.env);
  const words = tokens.slice(0, tokens.includes("--") ? tokens.indexOf("--") : undefined);
  const isPlain = words.some((token) => ["--no-color", "--no-colour", "--color=false"].includes(token));
  return new Console(host.stdout, host.stderr, {
    isJson: words.includes("--json") || words.includes("--json=true"),
    colour: isPlain ? "never" : words.includes("--color") ? "always" : display.colour,
    isLiveAllowed: !display.isCi && host.env.TERM !== "dumb",
  });
}

async function findOrHelp(
  tokens: readonly string[],
  console: Console,
  host: NodeJS.Process,
): Promise<{ spec: CommandSpec; rest: readonly string[] } | null> {
  // Hidden and raw first: the words to complete may hold anything.
  const raw = COMMANDS.find((command) => command.takesRawWords && command.name === tokens[0]);
  if (raw) return { spec: raw, rest: tokens.slice(1) };
  const words = looseWords(tokens, [...GLOBAL_OPTIONS, ...COMMANDS.flatMap((command) => command.options)]);
  const isHelp = words[0] === "help" || tokens.includes("--help") || tokens.includes("-h");
  const found = findCommand(words[0] === "help" ? words.slice(1) : words);
  if (found && words[0] !== "help") return { spec: found.spec, rest: withoutWords(tokens, found.spec.name.split(" ")) };
  const { commandHelp, generalHelp } = await import("./help.js");
  if (found) {
    console.lines(commandHelp(found.spec, null, console.colours));
    return null;
  }
  const given = words[0] === "help" ? words[1] : words[0];
  if (given === undefined && (isHelp || tokens.length === 0)) {
    console.lines(generalHelp(console.colours));
    // Somebody's first word, most likely: in the wrong folder, or before there is anything to run.
    if (!isHelp && host.env.HOLDFAST_CONFIG === undefined && !hasConfigFile(host.cwd()))
      console.message(NO_CONFIG_FILE);
    return null;
  }
  throw unknownCommand(given, words);
}

function unknownCommand(given: string | undefined, words: readonly string[]): WrongUseError {
  if (given === undefined) return new WrongUseError({ problem: "No command was given." });
  const names = visibleCommands().map((command) => command.name);
  const group = names.filter((name) => name.startsWith(`${given} `));
  if (group.length > 0) {
    return new WrongUseError({
      problem: `${given} needs one more word: ${group.join(" or ")}.${words[1] ? didYouMean(`${given} ${words[1]}`, group) : ""}`,
    });
  }
  return new WrongUseError({ problem: `There is no command "${given}".${didYouMean(given, names)}` });
}

/** The tokens without the command's own words, each at its first place. */
function withoutWords(tokens: readonly string[], words: readonly string[]): readonly string[] {
  const rest = [...tokens];
  for (const word of words) {
    const index = rest.indexOf(word);
    if (index >= 0) rest.splice(index, 1);
  }
  return rest;
}

async function runCommand(spec: CommandSpec, given: readonly string[], cli: Cli): Promise<number> {
  const tokens = spec.respell?.(given) ?? given;
  if (spec.takesRawWords) {
    const { run } = await spec.load();
    return run(cli, new Args({ positionals: tokens, values: new Map() }), null);
  }
  const own = [...spec.options, ...GLOBAL_OPTIONS];
  const form = spec.hasInputFlags || spec.hasGeneratorFlags ? await flagForm(spec, tokens, own, cli) : null;
  if (tokens.includes("--help") || tokens.includes("-h")) {
    const { commandHelp } = await import("./help.js");
    cli.console.lines(commandHelp(spec, form, cli.console.colours));
    return EXIT.done;
  }
  // Where any number of words may come, those behind an option that is given as a list are the list's.
  const wordsMax = isOpenEnded(spec) ? 0 : spec.positionals.length;
  const args = new Args(parseArgs(tokens, [...own, ...(form?.options ?? [])], wordsMax));
  checkPositionals(spec, args.positionals);
  cli.useFlags(args, { isJudging: JUDGES.some((option) => spec.options.includes(option)) });
  const { run } = await spec.load();
  return run(cli, args, form);
}

/** The workflow or generator named among the words, with its flags; null when no word is there (then help or an error follows). */
async function flagForm(
  spec: CommandSpec,
  tokens: readonly string[],
  own: readonly OptionSpec[],
  cli: Cli,
): Promise<FlagForm | null> {
  const words = looseWords(tokens, own);
  if (words.length === 0) return null;
  // The flags of the configuration are needed before the rest can be parsed.
  cli.useFlags(new Args(looseValues(tokens, own)));
  const reserved = own.map((option) => option.name);
  if (spec.hasGeneratorFlags) return namedGenerator(words, reserved, cli);
  const known = await cli.workflowNames();
  const name = words.find((word) => known.includes(word)) ?? words[0] ?? "";
  const { inputFormOf } = await import("../run-input.js");
  return inputFormOf(await cli.workflow(name), reserved);
}

async function namedGenerator(words: readonly string[], reserved: readonly string[], cli: Cli): Promise<FlagForm> {
  const generators = (await cli.config()).config.generators ?? {};
  const known = Object.keys(generators);
  const name = words.find((word) => known.includes(word)) ?? words[0] ?? "";
  const generator = Object.hasOwn(generators, name) ? generators[name] : undefined;
  if (generator === undefined) {
    const there = known.length === 0 ? "the configuration registers none" : `there are ${known.join(", ")}`;
    throw new WrongUseError({ problem: `There is no generator "${name}": ${there}.${didYouMean(name, known)}` });
  }
  const { generatorForm } = await import("../flag-form.js");
  return generatorForm(name, generator, reserved);
}

/** Only the options known so far, each where it is well-formed. */
function looseValues(tokens: readonly string[], own: readonly OptionSpec[]) {
  const known: string[] = [];
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i] ?? "";
    const option = own.find((one) => token === `--${one.name}` || token.startsWith(`--${one.name}=`));
    if (option === undefined || option.kind === "flag") continue;
    known.push(token);
    if (!token.includes("=")) known.push(tokens[++i] ?? "");
  }
  return parseArgs(known, own);
}

const isOpenEnded = (spec: CommandSpec) => spec.positionals.at(-1)?.isRepeated === true;

function checkPositionals(spec: CommandSpec, given: readonly string[]): void {
  const missing = spec.positionals.filter((one, i) => one.isRequired && (given[i] ?? "") === "");
  if (missing[0]) {
    const names = missing.map((one) => `<${one.name}> (${one.about})`).join(" and ");
    throw new WrongUseError({ problem: `holdfast ${spec.name} needs ${names}.` });
  }
  const extra = given[spec.positionals.length];
  if (extra !== undefined && !isOpenEnded(spec)) {
    throw new WrongUseError({
      problem: `holdfast ${spec.name} takes ${spec.positionals.length === 0 ? "no words" : `only ${spec.positionals.map((one) => `<${one.name}>`).join(" ")}`}; "${extra}" is one too many.`,
    });
  }
}

/** For people on standard error; under --json as a document on standard output, where a program reads. */
async function showProblem(thrown: unknown, console: Console, isDebug: boolean): Promise<void> {
  const { problemDocument, problemLines } = await import("../output/problem.js");
  if (console.isJson) console.document(problemDocument(thrown));
  else for (const line of problemLines(thrown, console.messageColours, isDebug)) console.message(line);
}

function versionText(): string {
  const manifest = new URL("../../../package.json", import.meta.url);
  return (JSON.parse(readFileSync(manifest, "utf8")) as { version: string }).version;
}

/** Called by the `holdfast` command, and by scripts that put its words differently. */
export async function main(read: ReadWords = asTyped): Promise<void> {
  keepHeapSmall();
  // What a command waits for (threads, timers that do not count) must not let the process end under it.
  const alive = setInterval(() => undefined, 2 ** 31 - 1);
  const code = await runCommandLine(process.argv.slice(2), process, read);
  await flush(process);
  clearInterval(alive);
  // A drained workflow may leave timers and sockets of its own behind; they must not keep the command alive.
  process.exit(code);
}

async function flush(host: NodeJS.Process): Promise<void> {
  await Promise.all(
    [host.stdout, host.stderr].map((stream) => new Promise<void>((done) => stream.write("", () => done()))),
  );
}
