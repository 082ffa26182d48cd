/** `db copy`: the whole store into a new one, while no worker runs. Goes on where an earlier one was interrupted. */
import { resolve } from "node:path";
import { EXIT, formatCount } from "@holdfast/core";
import { copyStore } from "../../copy/index.js";
import { withoutSecret } from "../../open.js";
import type { Args } from "../args.js";
import type { Cli } from "../cli.js";

export async function run(cli: Cli, args: Args): Promise<number> {
  const absolute = (url: string) =>
    url.replace(/^sqlite:(?!\/|:memory:)(.+)$/, (_, path) => `sqlite:${resolve(cli.cwd, path)}`);
  const [from, to] = [absolute(args.word(0)), absolute(args.word(1))];
  let [shown, rows] = ["", 0];
  const onPage = (table: string, count: number) => {
    rows = table === shown ? rows + count : count;
    shown = table;
    if (!cli.console.isJson) cli.console.message(`${table}: ${formatCount(rows)} rows copied`);
  };
  const report = await copyStore({ from, to, onPage });
  if (cli.console.isJson) cli.console.document({ from: withoutSecret(from), to: withoutSecret(to), ...report });
  else {
    const count = Object.values(report.rows).reduce((sum, some) => sum + some, 0);
    cli.console.lines([
      `${report.isContinued ? "Copy finished" : "Copied"}: ${withoutSecret(from)} to ${withoutSecret(to)}`,
      `${formatCount(count)} rows, the same in both stores (SHA-256 ${report.sha256.slice(0, 16)}…)`,
      "Start workers and servers with the new address only: two stores that both work on these runs know nothing of each other.",
    ]);
  }
  return EXIT.done;
}
