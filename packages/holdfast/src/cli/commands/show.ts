/** `show`: one run in full, with its health and what its maps recorded; with --verbose also what can be done about it. */
import { EXIT, toCostView, toUsd } from "@holdfast/core";
import type { Holdfast, RunView } from "@holdfast/engine";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { closerLines, lookCloser } from "../closer-look.js";
import { factsOfRun } from "../facts-of-run.js";
import { findRun } from "../find-run.js";
import { findMaps } from "../maps.js";
import type { MapSummary } from "../output/map-lines.js";
import { renderTimeline } from "../output/timeline.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const holdfast = await cli.open("store");
  const view = await holdfast.runs.get(await findRun(holdfast, args.word(0)));
  const maps = await summarise(holdfast, view);
  const health = await holdfast.runs.health(view.id);
  const closer = args.flag("verbose") ? await lookCloser(cli, view) : null;
  const { console } = cli;
  if (console.isJson) console.document({ ...view, maps, health, ...closer });
  else {
    console.lines(
      renderTimeline(view, {
        nowMs: cli.nowMs(),
        columns: console.textColumns,
        colours: console.colours,
        artifactFolder: cli.artifactFolder(holdfast, view),
        maps,
        health,
        facts: await factsOfRun(holdfast, view),
      }),
    );
    if (closer !== null) console.lines(closerLines(cli, closer));
  }
  return EXIT.done;
}

async function summarise(holdfast: Holdfast, view: RunView): Promise<readonly MapSummary[]> {
  const maps = await findMaps(holdfast, view);
  return Promise.all(
    maps.map(async ({ stage, runId, state }) => ({
      stage,
      runId,
      total: state.total,
      ok: state.okCount,
      failed: state.errorCount,
      errors: state.errorCount === 0 ? {} : await holdfast.store.countErrors(runId as never, state.stage),
      ...toCostView(state.cost),
      reservedUsd: toUsd(state.reservedNanos),
      startedAt: state.startedAt,
      finishedAt: state.finishedAt,
    })),
  );
}
