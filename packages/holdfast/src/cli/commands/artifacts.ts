/** `artifacts`: the files of a run; with --verify each is read and compared with its recorded SHA-256. */
import { ERROR_SPECS, EXIT, plural } from "@holdfast/core";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { findRun } from "../find-run.js";
import { renderTable } from "../output/table.js";
import { formatBytes, oneLine } from "../output/text.js";
import { type FileState, verifyFile } from "../verify-file.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const runId = await findRun(holdfast, args.word(0));
  const found = await holdfast.runs.artifacts(runId, args.text("stage"));
  const rows: ((typeof found)[number] & { state?: FileState | undefined })[] = [];
  for (const artifact of found) {
    const open = () => holdfast.runs.openArtifact(runId, artifact);
    rows.push(args.flag("verify") ? { ...artifact, state: await verifyFile(open, artifact.sha256) } : artifact);
  }
  const { console } = cli;
  if (console.isJson) console.document(rows);
  else if (rows.length === 0) console.message("This run has written no artifacts.");
  else {
    const { colours } = console;
    const styles: Readonly<Record<FileState, (text: string) => string>> = {
      ok: colours.green,
      missing: colours.red,
      changed: colours.red,
      unreadable: colours.red,
    };
    const columns = [
      { title: "STAGE" },
      { title: "ATTEMPT", align: "right" as const },
      { title: "NAME" },
      { title: "SIZE", align: "right" as const },
      { title: "SHA-256" },
      ...(args.flag("verify") ? [{ title: "STATE" }] : []),
      { title: "PATH", isElastic: true },
    ];
    const cells = rows.map((row) => [
      oneLine(row.stage),
      String(row.attempt),
      oneLine(row.name),
      formatBytes(row.sizeBytes),
      row.sha256.slice(0, 12),
      ...(row.state === undefined ? [] : [{ text: row.state, style: styles[row.state] }]),
      oneLine(row.path),
    ]);
    console.lines(renderTable(columns, cells, { columns: console.tableColumns, heading: colours.dim }));
  }
  return verdict(
    cli,
    rows.flatMap((row) => (row.state === undefined ? [] : [row.state])),
  );
}

/** A changed file is worse than a missing one: what reads it gets something else than what was recorded. */
function verdict(cli: Cli, states: readonly FileState[]): number {
  const bad = states.filter((state) => state !== "ok");
  if (bad.length === 0) return EXIT.done;
  const spec = bad.includes("changed") ? ERROR_SPECS.ARTIFACT_CHANGED : ERROR_SPECS.ARTIFACT_MISSING;
  if (!cli.console.isJson) {
    cli.console.message(`${plural(bad.length, "file")} not as recorded. ${spec.advice.join(" ")}`);
  }
  return spec.exitCode;
}
