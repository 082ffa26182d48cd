/** Builds help texts from the catalogue and, for `start`, from a workflow's input. Pure. */
import type { OptionSpec } from "../args.js";
import type { FlagForm } from "../flag-form.js";
import type { Colours } from "../output/colour.js";
import { displayWidth, oneLine, padEnd } from "../output/text.js";
import { type CommandSpec, GLOBAL_OPTIONS, visibleCommands } from "./catalogue.js";

/** If the names are wider than this, the description goes on a separate line. */
const NAME_WIDTH_MAX = 34;

function twoColumns(rows: readonly (readonly [string, string])[], colours: Colours): string[] {
  const width = Math.min(NAME_WIDTH_MAX, Math.max(0, ...rows.map(([name]) => displayWidth(name))));
  return rows.flatMap(([name, about]) => {
    if (about === "") return [`  ${colours.cyan(name)}`];
    if (displayWidth(name) > width) return [`  ${colours.cyan(name)}`, `  ${" ".repeat(width)}  ${about}`];
    return [`  ${colours.cyan(padEnd(name, width))}  ${about}`];
  });
}

function optionRow(option: OptionSpec): readonly [string, string] {
  const short = option.short === undefined ? "" : `-${option.short}, `;
  const value = option.kind === "flag" ? "" : `=${option.value ?? "VALUE"}`;
  return [`${short}--${oneLine(option.name)}${value}`, oneLine(option.about)];
}

const optionRows = (options: readonly OptionSpec[]) =>
  options.filter((option) => !option.name.endsWith(".*")).map(optionRow);

function usageOf(spec: CommandSpec): string {
  const words = spec.positionals.map((one) =>
    one.isRequired ? `<${one.name}>` : `[${one.name}${one.isRepeated ? "…" : ""}]`,
  );
  return ["holdfast", spec.name, ...words, spec.options.length > 0 ? "[options]" : ""].filter(Boolean).join(" ");
}

export function commandHelp(spec: CommandSpec, form: FlagForm | null, colours: Colours): string[] {
  const name = form?.kind === "generator" ? form.name : (form?.workflow.name ?? "");
  const usage = form === null ? usageOf(spec) : `holdfast ${spec.name} ${oneLine(name)} [--field=value …] [options]`;
  const lines = [`${usage}`, "", `${spec.summary.charAt(0).toUpperCase() + spec.summary.slice(1)}.`];
  if (form?.kind === "generator") lines.push("", oneLine(form.generator.description));
  if (form !== null) lines.push(...inputHelp(form, colours));
  else if (spec.positionals.length > 0) {
    lines.push("", colours.bold("Arguments"));
    lines.push(
      ...twoColumns(
        spec.positionals.map((one) => [one.name, one.about] as const),
        colours,
      ),
    );
  }
  if (spec.hasInputFlags && form === null) {
    lines.push(
      "",
      "The flags of a workflow's input: holdfast start <workflow> --help; the workflows: holdfast workflows.",
    );
  }
  if (spec.hasGeneratorFlags && form === null) {
    lines.push("", "What there is: holdfast generate; the flags of one: holdfast generate <what> --help.");
  }
  if (spec.options.length > 0)
    lines.push("", colours.bold("Options"), ...twoColumns(optionRows(spec.options), colours));
  lines.push("", colours.bold("Everywhere"), ...twoColumns(optionRows(GLOBAL_OPTIONS), colours));
  return lines;
}

function inputHelp(form: FlagForm, colours: Colours): string[] {
  const stages = form.kind === "generator" ? null : form.workflow.stages;
  const lines = stages === null ? [] : ["", `Stages: ${stages.map((stage) => oneLine(stage.name)).join(", ")}`];
  if (form.fields === null) {
    return [
      ...lines,
      "",
      "This workflow's input schema has no description as JSON Schema: give the input with --input=FILE.",
    ];
  }
  if (form.fields.length === 0) return [...lines, "", "The input has no fields."];
  return [...lines, "", colours.bold("Input"), ...twoColumns(optionRows(form.options), colours)];
}

/** In the order in which people need them: commands for the first hour come first. */
export const GROUPS: Readonly<Record<string, readonly string[]>> = {
  "Begin here": ["workflows", "start", "runs", "show", "watch", "resume", "serve", "open"],
  "Steer a run": ["pause", "cancel", "fail", "restart", "fork", "delete"],
  "Runs that wait": ["asks", "answer", "signal"],
  "What a run made": ["logs", "artifacts", "export", "diff"],
  Data: ["generate", "datasets", "datasets ingest", "datasets verify", "datasets delete", "datasets erase"],
  "Workers and the server": ["worker", "supervise", "locks", "locks clean", "keys new"],
  "By the clock": [
    ...["schedules", "schedules show", "schedules put", "schedules pause", "schedules resume"],
    ...["schedules trigger", "schedules backfill", "schedules delete"],
  ],
  "Look after many runs": ["health", "stats", "recover", "timeouts", "cleanup", "audit"],
  "The store and the command": ["doctor", "db migrate", "db backup", "db compact", "db copy", "completion"],
};

/** Lists commands by group, with one width for all names. Commands without a group come last. */
function commandLines(colours: Colours): string[] {
  const commands = visibleCommands();
  const width = Math.max(...commands.map(({ name }) => displayWidth(name)));
  const grouped = Object.values(GROUPS).flat();
  const rest = commands.map(({ name }) => name).filter((name) => !grouped.includes(name));
  return [...Object.entries(GROUPS), ...(rest.length === 0 ? [] : [["More", rest] as const])].flatMap(
    ([title, names]) => [
      "",
      colours.bold(title),
      ...twoColumns(
        names
          .flatMap((name) => commands.filter((one) => one.name === name))
          .map((one) => [padEnd(one.name, width), one.summary]),
        colours,
      ),
    ],
  );
}

export function generalHelp(colours: Colours): string[] {
  return [
    "holdfast <command> [options]",
    "",
    "Durable runs: start a long job, kill it anywhere, resume it exactly where it stopped.",
    ...commandLines(colours),
    "",
    colours.bold("Everywhere"),
    ...twoColumns([...optionRows(GLOBAL_OPTIONS), ["-V, --version", "the version"]], colours),
    "",
    "Help on a command: holdfast <command> --help",
  ];
}
