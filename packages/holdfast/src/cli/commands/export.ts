/** `export`: what a map of a run recorded, as CSV or JSON, on standard output or in a file. A running run gives what it has. */
import { extname, resolve } from "node:path";
import { EXIT, plural, UnknownStageError, WrongUseError } from "@holdfast/core";
import type { Holdfast, ItemResult, MapView, RunView } from "@holdfast/engine";
import { writeWholeText } from "../../files/whole-file.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { EXPORT_FORMATS, type ExportFormat, exportText } from "../export/formats.js";
import { type ExportRow, toExportRow } from "../export/rows.js";
import { findRun } from "../find-run.js";
import { interruptible } from "../interruptible.js";
import { formatBytes, oneLine } from "../output/text.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const out = args.text("out");
  const format = args.oneOf<ExportFormat>("format", EXPORT_FORMATS) ?? formatOf(out, cli.console.isJson);
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await findRun(holdfast, args.word(0)));
  const map = await chooseMap(holdfast, view, args.text("stage"));
  const { items } = await holdfast.handle(map.runId);
  const { console } = cli;
  if (view.status === "running") console.message(`Run ${view.id} is running: these are its results so far.`);
  return interruptible(async (signal) => {
    const rows = new CountedRows(items(map.stage));
    if (out === undefined) {
      for await (const piece of exportText(rows, format)) {
        await console.text(piece);
        signal.throwIfAborted();
        if (console.gone.aborted) break;
      }
      return EXIT.done;
    }
    const file = resolve(cli.cwd, out);
    const { bytes: sizeBytes } = await writeWholeText(file, exportText(rows, format), { signal });
    const { count, failed } = rows;
    if (console.isJson)
      console.document({ runId: view.id, stage: map.stage, file, format, rows: count, failed, sizeBytes });
    else {
      const note = failed > 0 ? `, ${plural(failed, "of them an error", "of them errors")}` : "";
      console.lines([`Written: ${file} (${plural(count, "row")}${note}; ${formatBytes(sizeBytes)})`]);
    }
    return EXIT.done;
  });
}

/** By the file's ending; under --json one document, else a line for each item. */
function formatOf(out: string | undefined, isJson: boolean): ExportFormat {
  const ending = extname(out ?? "")
    .slice(1)
    .toLowerCase();
  const known = EXPORT_FORMATS.find((format) => format === ending);
  return known ?? (isJson && out === undefined ? "json" : "jsonl");
}

async function chooseMap(holdfast: Holdfast, run: RunView, stage: string | undefined): Promise<MapView> {
  const maps = await holdfast.runs.maps(run.id);
  const names = maps.map((map) => map.stage);
  const [only] = maps;
  if (only === undefined) {
    const problem = `Run ${run.id} has no map, so there are no items to export. To list its files: holdfast artifacts ${run.id}.`;
    throw new WrongUseError({ problem });
  }
  if (stage === undefined) {
    if (maps.length === 1) return only;
    const problem = `Run ${run.id} has several maps: ${names.map(oneLine).join(", ")}. Name one: --stage=${oneLine(only.stage)}.`;
    throw new WrongUseError({ problem });
  }
  const found = maps.find((map) => map.stage === stage);
  if (found === undefined) throw new UnknownStageError({ stage, workflow: run.workflow, declared: names });
  return found;
}

/** Rows counted as they pass. */
class CountedRows implements AsyncIterable<ExportRow> {
  count = 0;
  failed = 0;

  constructor(private readonly items: AsyncIterable<ItemResult<unknown>>) {}

  async *[Symbol.asyncIterator](): AsyncIterator<ExportRow> {
    for await (const item of this.items) {
      this.count++;
      if (item.outcome === "error") this.failed++;
      yield toExportRow(item);
    }
  }
}
