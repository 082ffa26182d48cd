/** `serve`: the server and a worker in one process. A stop ends both: answers are finished, runs handed back. */
import { PortUnusableError, recordError, WORKER_DEFAULTS } from "@holdfast/core";
import { LOG_LEVELS } from "../../server-settings.js";
import { findServer, recordServer } from "../address/server-record.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";
import { oneLine } from "../output/text.js";
import { wordSupervision, workUntilStopped } from "../work-until-stopped.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const { console } = cli;
  const concurrency = args.count("concurrency", { min: 1 }) ?? WORKER_DEFAULTS.concurrency;
  const processes = args.count("processes", { min: 1, max: concurrency });
  const port = args.count("port", { min: 0, max: 65_535 });
  const host = args.text("host");
  const settings = await cli.serverSettings({
    ...(port === undefined ? {} : { port }),
    ...(host === undefined ? {} : { host }),
  });
  const logLevel = args.oneOf("log-level", LOG_LEVELS);
  // What is to be told before there is a server goes into its log, too.
  const early: string[] = [];
  const { notice } = cli;
  cli.notice = (text) => void early.push(text);
  const holdfast = await cli.open("workflows");
  // Only here: nothing else of the command needs an HTTP server.
  const { createServer } = await import("@holdfast/server");
  const server = await createServer(holdfast, {
    ...settings,
    comparisons: (await cli.config()).config.comparisons,
    logLevel,
    onSupervise: (event) => console.message(wordSupervision(event)),
  });
  const listening = await server.listen().catch((error) => nameListener(error, holdfast.dataDir));
  const forget = await recordServer(holdfast.dataDir, {
    url: listening.url,
    takesToken: listening.openUrl !== null,
    startedAt: cli.nowMs(),
  }).catch((error: unknown) => {
    // It serves all the same: only `open` and `show --url` miss it.
    early.push(
      `holdfast open will not find this server, because its address could not be written: ${recordError(error).message}`,
    );
    return async () => undefined;
  });
  if (logLevel !== "silent") console.messagesInto(server.say);
  cli.notice = notice;
  if (!listening.hasPage) {
    notice("The page has not been built, so only the API is available. Run npm run build, then restart the server.");
  }
  for (const text of early) notice(text);
  const names = holdfast.workflows.map((workflow) => oneLine(workflow.name)).join(", ") || "no workflows";
  const isWorking = !args.flag("no-worker");
  const isSupervising = !isWorking && args.flag("supervise");
  const sayWhere = () => {
    if (console.isJson) console.document({ ...listening, pid: process.pid });
    else console.lines([`Holdfast at ${listening.openUrl ?? listening.url}`]);
    console.message(
      isWorking
        ? `Executing runs of ${names}, ${concurrency} at a time. Press Ctrl-C to stop.`
        : `No worker here${isSupervising ? "; supervising" : ""}. Press Ctrl-C to stop.`,
    );
  };
  try {
    if (isSupervising) await server.superviseHere();
    return await workUntilStopped(cli, holdfast, {
      worker: isWorking
        ? {
            concurrency,
            processes,
            workflows: undefined,
            untilIdle: false,
            onRun: server.onRun,
            onSupervise: server.onSupervise,
            onProcess: server.onProcess,
          }
        : null,
      onReady: sayWhere,
      stopBeside: server.close,
      broken: server.supervisorBroken,
    });
  } finally {
    await forget();
    await server.close();
  }
}

/** A port that is taken is most often taken by the server that was started before. */
async function nameListener(error: unknown, dataDir: string): Promise<never> {
  if (!(error instanceof PortUnusableError)) throw error;
  const other = await findServer(dataDir).catch(() => null);
  if (other === null || Number(new URL(other.url).port) !== error.details.port) throw error;
  const problem = `holdfast serve is already running there for this folder, as process ${other.holder.pid}`;
  throw new PortUnusableError({ ...error.details, problem }, { cause: error });
}
