/**
 * W7: 1,000 sockets on 100 live runs that write 1,000 events a second between them: how long after its commit an event is at
 * the clients, for runs of the server's own process and of another one.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { printTable, scratch, whole } from "./measure.mjs";

const SOCKETS = 1_000;
const RUNS = 100;
const EVENTS_PER_S = 1_000;
const SECONDS = 15;
const SECRET = "thirty-two bytes for a benchmark alone";
const ms = (value) => value.toFixed(1);

export async function realtime() {
  const rows = [["runs of", "events at clients", "p50 ms", "p99 ms", "max ms"]];
  for (const [where, words] of [
    ["here", "the server's process"],
    ["there", "another process"],
  ]) {
    const delays = await latency(where);
    rows.push([words, whole(delays.length), ...[0.5, 0.99, 1].map((share) => ms(at(delays, share)))]);
  }
  printTable(`Realtime (W7): ${whole(SOCKETS)} sockets, ${RUNS} runs, ${whole(EVENTS_PER_S)} events/s`, rows);
}

const at = (sorted, share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];

/** A child that says what it has to say in messages; killed at the end. */
function start(name, ...args) {
  const child = fork(join(import.meta.dirname, name), args.map(String));
  const said = [];
  const waiting = [];
  child.on("message", (message) => (waiting.shift() ?? ((one) => said.push(one)))(message));
  const next = () => (said.length > 0 ? Promise.resolve(said.shift()) : new Promise((done) => waiting.push(done)));
  return { child, next, send: (message) => child.send(message), kill: () => child.kill("SIGKILL") };
}

async function latency(where) {
  const place = scratch("realtime");
  const server = start("realtime-child.mjs", place.folder, SECRET, where === "here" ? RUNS : 0);
  const others = [];
  try {
    const { url } = await server.next();
    const worker = where === "here" ? server : start("realtime-child.mjs", place.folder, SECRET, RUNS, "worker");
    if (worker !== server) {
      others.push(worker);
      await worker.next();
    }
    const readers = start("realtime-readers.mjs", url, SECRET, SOCKETS, RUNS);
    others.push(readers);
    await readers.next();
    worker.send({ talk: EVENTS_PER_S, forMs: SECONDS * 1_000 });
    await worker.next();
    readers.send("tell");
    return (await readers.next()).sort((a, b) => a - b);
  } finally {
    for (const one of [server, ...others]) one.kill();
    place.remove();
  }
}
