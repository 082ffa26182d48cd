/**
 * W4: kill -9 half-way through W3, then a new process resumes. The time from the start of the process to its first new
 * item, and how many items were called twice; at 42,000 items and at 100 times as many, since the cost of a resume must
 * not grow with what is done.
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { printTable, scratch, whole } from "./measure.mjs";
import { runMap } from "./w3.mjs";

const child = join(import.meta.dirname, "map-child.mjs");

/** Start, wait until `killAt` items were called, kill. */
async function killedHalfWay(folder, items, killAt) {
  const calls = join(folder, "calls");
  const running = spawn(process.execPath, [child, folder, String(items), "journal"], { stdio: "ignore" });
  const exited = new Promise((resolve) => running.once("exit", resolve));
  while (!existsSync(calls) || readFileSync(calls, "utf8").split("\n").length * 1_000 < killAt) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  running.kill("SIGKILL");
  await exited;
}

async function once(items, doneShare) {
  const { folder, remove } = scratch("w4");
  await killedHalfWay(folder, items, items * doneShare);
  const resumed = runMap(folder, items, "resume");
  remove();
  if (resumed.status !== "completed" || resumed.done !== items)
    throw new Error(`${resumed.status} with ${resumed.done}`);
  return resumed;
}

export async function w4({ items = 42_000, manyItems = 4_200_000 } = {}) {
  const rows = [["", "first new item after", "called by the resume"]];
  const small = await once(items, 0.5);
  rows.push([`${whole(items)} items, killed half-way`, `${Math.round(small.firstItemMs)} ms`, whole(small.calls)]);
  if (manyItems > 0) {
    // Near the end, so that what is done is 100 times as much and what remains is not.
    const large = await once(manyItems, 0.97);
    rows.push([`${whole(manyItems)} items, killed at 97 %`, `${Math.round(large.firstItemMs)} ms`, whole(large.calls)]);
  }
  printTable("W4 on SQLite: kill -9, then a new process (time from its start, Node's own start included)", rows);
}
if (import.meta.filename === process.argv[1]) await w4();
