/**
 * Completion candidates for a command line: the answers of `holdfast __complete`. Workflows and runs are read only where
 * one is expected.
 */
import type { OptionSpec } from "./args.js";
import type { CommandSpec, CommandTable } from "./command-spec.js";

export interface CandidateSources {
  readonly workflows: () => Promise<readonly string[]>;
  readonly inputOptions: (workflow: string) => Promise<readonly OptionSpec[]>;
  readonly generators: () => Promise<readonly string[]>;
  readonly generatorOptions: (generator: string) => Promise<readonly OptionSpec[]>;
  readonly datasets: () => Promise<readonly string[]>;
  /** IDs of the newest runs. */
  readonly runIds: () => Promise<readonly string[]>;
}

const RUN_WORDS = ["runId", "runA", "runB"];

/** Returns candidates for the last of `words`, which is being typed and may be empty. */
export async function candidatesFor(
  words: readonly string[],
  table: CommandTable,
  sources: CandidateSources,
): Promise<readonly string[]> {
  const typed = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const found = table.findCommand(before);
  const all =
    found === null
      ? commandWords(before, table)
      : await wordsOf(
          [...found.spec.options, ...table.globalOptions],
          found.spec,
          before.slice(found.wordCount),
          typed,
          sources,
        );
  const second = found === null ? [] : commandWords(before, table);
  return [...new Set([...second, ...all])].filter((candidate) => candidate.startsWith(typed));
}

/** Returns the first words of commands, or the second words of a group whose first word is given. */
function commandWords(before: readonly string[], table: CommandTable): readonly string[] {
  const names = table.visibleCommands().map((command) => command.name.split(" "));
  if (before.length === 0) return names.map(([first = ""]) => first);
  if (before.length > 1) return [];
  return names.flatMap(([first, second]) => (first === before[0] && second !== undefined ? [second] : []));
}

async function wordsOf(
  options: OptionSpec[],
  spec: CommandSpec,
  given: readonly string[],
  typed: string,
  sources: CandidateSources,
): Promise<readonly string[]> {
  const positionals = given.filter((word) => !word.startsWith("-"));
  const [subject] = positionals;
  if (spec.hasInputFlags && subject !== undefined) options.push(...(await sources.inputOptions(subject)));
  if (spec.hasGeneratorFlags && subject !== undefined) options.push(...(await sources.generatorOptions(subject)));
  if (typed.startsWith("-")) return optionWords(options, typed);
  const previous = given.at(-1) ?? "";
  const waiting = options.find((option) => option.kind !== "flag" && previous === `--${option.name}`);
  if (waiting) return valuesOf(waiting, sources);
  const position = spec.positionals[positionals.length]?.name;
  if (position === "workflow") return sources.workflows();
  if (position === "what") return sources.generators();
  if (position === "name") return sources.datasets();
  if (position !== undefined && RUN_WORDS.includes(position)) return [...(await sources.runIds()), "@last"];
  return position === "shell" ? ["bash", "zsh", "fish"] : [];
}

function optionWords(options: readonly OptionSpec[], typed: string): readonly string[] {
  const cut = typed.indexOf("=");
  if (cut > 0) {
    const option = options.find((one) => `--${one.name}` === typed.slice(0, cut));
    return (option?.choices ?? []).map((choice) => `${typed.slice(0, cut)}=${choice}`);
  }
  return options
    .filter((option) => !option.name.endsWith(".*"))
    .map((option) => `--${option.name}${option.kind === "flag" ? "" : "="}`);
}

async function valuesOf(option: OptionSpec, sources: CandidateSources): Promise<readonly string[]> {
  if (option.choices) return option.choices;
  return option.name === "workflow" ? sources.workflows() : [];
}
