/** `runs`: the newest runs as a table. */
import {
  EXIT,
  formatCount,
  parseRunSearch,
  RUN_STATUSES,
  type RunSearch,
  searchOfTerms,
  WrongUseError,
} from "@holdfast/core";
import type { RunView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { type Colours, statusColour } from "../output/colour.js";
import { type Cell, renderTable } from "../output/table.js";
import { oneLine } from "../output/text.js";
import { formatDuration, formatEta, formatRelative } from "../output/time.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const given = {
    status: args.oneOf("status", RUN_STATUSES),
    workflow: args.text("workflow"),
    owner: args.text("owner"),
    parent: args.text("parent"),
    fields: readFields(args.list("field")),
    resumable: args.flag("resumable") ? true : undefined,
  };
  const searched = readSearch(args.positionals, given, cli.nowMs());
  const query = {
    ...given,
    ...searched,
    fields: mergeFields(given.fields, searched.fields),
    limit: args.count("limit", { min: 1, max: 500 }),
    cursor: args.text("cursor"),
  };
  // Search fields are the workflows' own: the first query declares them to a store that has not seen them.
  const isByField = query.fields !== undefined || (query.not?.fields ?? []).length > 0;
  const holdfast = await cli.open(isByField ? "workflows" : "store");
  const page = await holdfast.runs.list(query);
  const { console } = cli;
  if (console.isJson) {
    console.document(page);
    return EXIT.done;
  }
  if (page.rows.length === 0) {
    const { limit: _, ...filters } = query;
    const isFiltered = Object.values(filters).some((filter) => filter !== undefined);
    console.message(
      isFiltered
        ? "No run matches. To list all runs: holdfast runs."
        : "No runs yet. Start one: holdfast start <workflow>. To list the workflows: holdfast workflows.",
    );
    return EXIT.done;
  }
  const isTold = page.rows.some((row) => Object.keys(row.search).length > 0);
  const columns = [
    { title: "RUN" },
    { title: "WORKFLOW", isElastic: true },
    ...(isTold ? [{ title: "FIELDS", isElastic: true }] : []),
    { title: "STATUS" },
    { title: "PROGRESS", align: "right" as const },
    { title: "CREATED", align: "right" as const },
    { title: "TOOK", align: "right" as const },
    { title: "NOTE", isElastic: true },
  ];
  const rows = page.rows.map((row) => rowOf(row, { nowMs: page.asOf, colours: console.colours, isTold }));
  console.lines(renderTable(columns, rows, { columns: console.tableColumns, heading: console.colours.dim }));
  if (page.next !== null) console.message(`More: ${args.again("runs", { cursor: page.next })}`);
  return EXIT.done;
}

/**
 * The words of the command line as a query: the grammar of the page's search box.
 * @throws {WrongUseError} WRONG_USE — what cannot be asked for, or is asked for by an option as well.
 */
function readSearch(words: readonly string[], given: Readonly<Record<string, unknown>>, nowMs: number): RunSearch {
  const terms = parseRunSearch(words.join(" "));
  // Fields that no workflow declares are refused by the engine, which knows those of the store too.
  const { search, problem } = searchOfTerms(terms, { fields: null, nowMs });
  if (problem !== null) throw new WrongUseError({ problem: `${problem}.` });
  const both = { status: search.statuses, workflow: search.workflow, owner: search.owner, resumable: search.resumable };
  for (const [name, value] of Object.entries(both)) {
    if (value !== undefined && given[name] !== undefined)
      throw new WrongUseError({ problem: `--${name} and ${name}: are given both; one of them is enough.` });
  }
  return search;
}

/** @throws {WrongUseError} WRONG_USE — a field with two values. */
function mergeFields(...all: readonly (Readonly<Record<string, string>> | undefined)[]) {
  const merged: Record<string, string> = {};
  for (const [name, value] of all.flatMap((fields) => Object.entries(fields ?? {}))) {
    if (Object.hasOwn(merged, name)) throw new WrongUseError({ problem: `--field: ${name} is given twice.` });
    merged[name] = value;
  }
  return Object.keys(merged).length === 0 ? undefined : merged;
}

/** @throws {WrongUseError} WRONG_USE — a term without a value, or a field named twice. */
function readFields(terms: readonly string[]): Readonly<Record<string, string>> | undefined {
  if (terms.length === 0) return undefined;
  const fields: Record<string, string> = {};
  for (const term of terms) {
    const at = term.indexOf("=");
    if (at < 1) throw new WrongUseError({ problem: `--field: country=NO is expected, "${term}" was given.` });
    const name = term.slice(0, at);
    if (Object.hasOwn(fields, name)) throw new WrongUseError({ problem: `--field: ${name} is given twice.` });
    fields[name] = term.slice(at + 1);
  }
  return fields;
}

function rowOf(
  run: RunView,
  { nowMs, colours, isTold }: { readonly nowMs: number; readonly colours: Colours; readonly isTold: boolean },
): readonly Cell[] {
  const { done, total } = run.progress;
  const took =
    run.startedAt === null
      ? ""
      : formatDuration((run.finishedAt ?? (run.status === "running" ? nowMs : run.updatedAt)) - run.startedAt);
  return [
    run.id,
    oneLine(run.workflow),
    ...(isTold ? [wordFields(run.search)] : []),
    { text: run.status, style: statusColour(run.status, colours) },
    total === null ? (done > 0 ? formatCount(done) : "") : `${formatCount(done)}/${formatCount(total)}`,
    formatRelative(run.createdAt, nowMs),
    took,
    noteOf(run),
  ];
}

const wordFields = (search: RunView["search"]) =>
  Object.entries(search)
    .map(([field, value]) => oneLine(`${field}=${Array.isArray(value) ? value.join(",") : String(value)}`))
    .join(" ");

function noteOf(run: RunView): string {
  if (run.wish !== null) return `${run.wish.kind} asked`;
  if (run.status === "failed") return oneLine(run.error?.message ?? run.reason ?? "");
  if (run.status === "running" && run.progress.etaMs !== null) return `ETA ${formatEta(run.progress.etaMs)}`;
  return oneLine(run.reason ?? run.progress.label ?? "");
}
