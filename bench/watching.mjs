/**
 * What twenty clients that watch cost a worker: one server process executes the same runs again and again, watched and not in
 * turn, so that a machine which does other things slows both alike. Processor time for each stage stands beside the pace: it is
 * what the watchers cost wherever they run, while the pace on a machine of few cores also has the clients' own work in it.
 */
import { fork } from "node:child_process";
import { loadavg } from "node:os";
import { join } from "node:path";
import { median, perSecond, printTable, scratch, whole } from "./measure.mjs";

const CLIENTS = 20;
const RUNS = 8;
const STAGES = 5_000;
const PAIRS = 9;
const GOAL_PERCENT = 5;
const SECRET = "thirty-two bytes for a benchmark alone";

export async function watching() {
  const place = scratch("watching");
  const server = start("watching-child.mjs", place.folder, SECRET, RUNS, STAGES);
  let clients;
  try {
    const { url } = await server.said();
    clients = start("watching-clients.mjs", url, SECRET, CLIENTS);
    // Twice, and not counted: code that is not compiled yet, and files that are not there yet.
    await pace(server, clients, false, "warm-0");
    await pace(server, clients, true, "warm-1");
    const alone = [];
    const watched = [];
    for (let pair = 0; pair < PAIRS; pair++) {
      // Who goes first changes, so that what slows down with time slows both.
      for (const isWatched of pair % 2 === 0 ? [false, true] : [true, false]) {
        const figures = await pace(server, clients, isWatched, `${isWatched ? "watched" : "alone"}-${pair}`);
        (isWatched ? watched : alone).push(figures);
      }
    }
    print(alone, watched);
  } finally {
    for (const one of [server, clients]) one?.end();
    place.remove();
  }
}

/** The pace until the last run has ended; what was used until the last client has seen that, too. */
async function pace(server, clients, isWatched, prefix) {
  const { runIds } = await server.ask({ what: "queue", prefix });
  if (isWatched) await clients.ask({ what: "watch", runIds });
  const { tookMs } = await server.ask({ what: "work" });
  const seen = isWatched ? await clients.ask({ what: "leave" }) : {};
  const { processMs, mainMs } = await server.ask({ what: "used" });
  const us = (ms) => (ms * 1_000) / (RUNS * STAGES);
  return { perSecond: perSecond(RUNS * STAGES, tookMs), processUs: us(processMs), mainUs: us(mainMs), ...seen };
}

function print(alone, watched) {
  const of = (rows, name) => median(rows.map((row) => row[name]));
  // Of each pair its own change: what the machine did meanwhile is in both of its halves.
  const change = (name) => 100 * (median(watched.map((row, pair) => row[name] / alone[pair][name])) - 1);
  const row = (words, name, sign) => {
    const percent = change(name);
    const verdict = sign * percent < GOAL_PERCENT ? "met" : "MISSED";
    return [words, whole(of(alone, name)), whole(of(watched, name)), `${percent.toFixed(1)} %`, verdict];
  };
  const events = whole(of(watched, "eventCount"));
  const load = loadavg()[0].toFixed(1);
  printTable(
    `What ${CLIENTS} clients that watch cost: medians of ${PAIRS} interleaved pairs of ${whole(RUNS * STAGES)} stages, load average ${load}`,
    [
      ["", "nobody watches", "watched", "change", `goal ${GOAL_PERCENT} %`],
      row("stages/s", "perSecond", -1),
      row("processor time of a stage, µs: the event loop's thread", "mainUs", 1),
      row("processor time of a stage, µs: the whole process", "processUs", 1),
    ],
  );
  console.log(
    `  The clients were given ${events} events, and used ${whole(of(watched, "clientMs"))} ms of a processor for it.`,
  );
}

/** A child that answers each message with one, and ends when nobody listens any more. */
function start(name, ...args) {
  const child = fork(join(import.meta.dirname, name), args.map(String));
  const said = () => new Promise((resolve) => child.once("message", resolve));
  const ask = (message) => {
    const answer = said();
    child.send(message);
    return answer;
  };
  return { said, ask, end: () => child.connected && child.disconnect() };
}
if (import.meta.filename === process.argv[1]) await watching();
