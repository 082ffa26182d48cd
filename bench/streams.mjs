/**
 * Whether the server answers others while many read the history of a run: the delay of `/healthz` beside 200 streams of 20
 * callers over 20,000 events, next to its delay with nobody there.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import { printTable, scratch, whole } from "./measure.mjs";

const EVENT_COUNT = 20_000;
const CALLER_COUNT = 20;
const STREAM_COUNT = 200;
const QUIET_COUNT = 200;
const SECRET = "thirty-two bytes for a benchmark alone";
const ms = (value) => value.toFixed(1);

export async function streams() {
  const place = scratch("streams");
  const child = fork(join(import.meta.dirname, "streams-child.mjs"), [place.folder, String(EVENT_COUNT), SECRET]);
  const said = () => new Promise((resolve) => child.once("message", resolve));
  try {
    await said();
    const listening = said();
    child.send("listen");
    const { url, head } = await listening;
    const quiet = [];
    while (quiet.length < QUIET_COUNT) quiet.push(await delay(url));
    const since = performance.now();
    let isReading = true;
    // In a process of its own: what is measured is the server's delay, not that of who reads.
    const args = [url, String(head), String(STREAM_COUNT), String(CALLER_COUNT), SECRET];
    const reading = new Promise((resolve, reject) => {
      fork(join(import.meta.dirname, "streams-readers.mjs"), args).once("exit", (code) => {
        isReading = false;
        if (code === 0) resolve();
        else reject(new Error(`the readers ended with ${code}`));
      });
    });
    const beside = [];
    while (isReading) beside.push(await delay(url));
    await reading;
    const tookS = (performance.now() - since) / 1_000;
    printTable(
      `Streams: ${STREAM_COUNT} of ${CALLER_COUNT} callers over ${whole(head)} events, read in ${ms(tookS)} s`,
      [
        ["/healthz", "answers", "p50 ms", "p99 ms", "max ms"],
        ["with nobody there", ...figures(quiet)],
        ["beside the streams", ...figures(beside)],
      ],
    );
  } finally {
    child.kill("SIGKILL");
    place.remove();
  }
}

function figures(delays) {
  const sorted = [...delays].sort((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  return [sorted.length, ms(at(0.5)), ms(at(0.99)), ms(sorted.at(-1))];
}

async function delay(url) {
  const since = performance.now();
  const answer = await fetch(`${url}/healthz`);
  await answer.text();
  if (!answer.ok) throw new Error(`/healthz answered ${answer.status}`);
  return performance.now() - since;
}
