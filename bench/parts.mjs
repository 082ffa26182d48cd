/**
 * Where the processor time of a stage goes: W2 at 64 runs, sampled by V8's profiler and attributed to the guarantee that
 * asks for the code at work. The main thread runs the real engine over the real store; the writer's operations are
 * repeated on this thread, in groups of 64, because a thread without an event loop cannot be sampled from outside.
 *
 * A sample counts for the innermost function of its stack that the table names; what no row names is "the rest".
 */
import { Session } from "node:inspector/promises";
import { join } from "node:path";
import { openHoldfast } from "holdfast";
import { printTable, scratch } from "./measure.mjs";
import { STAGES, steps } from "./steps.mjs";

const RUNS = 64;
const ROUNDS = 6;
const SAMPLE_US = 100;
/** Compiled and warm from here on. */
const MEASURED_FROM = 2;

/** Row → the functions whose samples count for it; `url` instead names a part of a script's address. */
const MAIN = {
  "an error that nobody caught fails the attempt it came from": { url: "async_hooks", names: ["whenStraysAreTold"] },
  "a repeated stage name is reported with both places": { names: ["noteHere"] },
  "live and on a replay, stage() resolves to the same value": {
    names: ["encodeOutput", "encodeJson", "storeOutput", "decodeJson"],
  },
  "operations travel to the writer and back": {
    names: [
      "call",
      "#append",
      "write",
      "#send",
      "#post",
      "#resolveAnswers",
      "#receive",
      "postMessage",
      "processTicksAndRejections",
    ],
  },
  "the writer is woken": { names: ["#wake"] },
  "collecting garbage": { names: ["(garbage collector)"] },
};
const WRITER = {
  "the next attempt has the next number: its row is inserted": { names: ["startAttempt"] },
  "a recorded outcome is the stage's only one: its row is updated": { names: ["finishAttempt"] },
  "a stale worker changes nothing": { names: ["passFence", "loadHotRun", "isMine"] },
  "events are numbered without a gap, and a run shows signs of life": {
    names: ["noteAlive", "noteProgress", "noteOutcome", "flush", "markDirty"],
  },
  "attempts of a run stand together": { names: ["moveEnded", "moveEndedAttempts", "noteEnded"] },
  "begin and commit": { names: ["#begin", "#commit", "#setSync", "begin", "check"] },
  "collecting garbage": { names: ["(garbage collector)"] },
};

async function sample(work) {
  const session = new Session();
  session.connect();
  await session.post("Profiler.enable");
  await session.post("Profiler.setSamplingInterval", { interval: SAMPLE_US });
  await session.post("Profiler.start");
  await work();
  const { profile } = await session.post("Profiler.stop");
  session.disconnect();
  return profile;
}

/** Microseconds by row. */
function attribute({ nodes, samples, timeDeltas }, table) {
  const rowOf = ({ functionName, url }) =>
    Object.keys(table).find(
      (row) =>
        table[row].names.includes(functionName) || (table[row].url !== undefined && url.includes(table[row].url)),
    );
  const byId = new Map(nodes.map((node) => [node.id, { ...node, row: rowOf(node.callFrame), parent: null }]));
  for (const node of byId.values()) for (const child of node.children ?? []) byId.get(child).parent = node;
  const sums = Object.fromEntries([...Object.keys(table), "the rest"].map((row) => [row, 0]));
  samples.forEach((id, at) => {
    let node = byId.get(id);
    if (["(idle)", "(root)"].includes(node.callFrame.functionName)) return;
    while (node !== null && node.row === undefined) node = node.parent;
    // A longer gap is a thread that had no processor, or waited for the disk.
    sums[node?.row ?? "the rest"] += Math.min(timeDeltas[at], 2 * SAMPLE_US);
  });
  return sums;
}

async function mainThread() {
  const { folder, remove } = scratch("parts");
  const url = `sqlite:${join(folder, "parts.db")}`;
  const holdfast = await openHoldfast({ url, dataDir: folder, workflows: [steps], stageFiles: false });
  const drain = async () => {
    await Promise.all(Array.from({ length: RUNS }, () => holdfast.start(steps, {})));
    await holdfast.work({ concurrency: RUNS, untilIdle: true });
  };
  for (let round = 0; round < MEASURED_FROM; round++) await drain();
  const before = process.cpuUsage();
  for (let round = MEASURED_FROM; round < ROUNDS; round++) await drain();
  const { user, system } = process.cpuUsage(before);
  const profile = await sample(async () => {
    for (let round = MEASURED_FROM; round < ROUNDS; round++) await drain();
  });
  await holdfast.close();
  remove();
  return { cpuUs: user + system, profile };
}

async function writer() {
  const at = (name) => new URL(`../packages/store-sqlite/dist/${name}.js`, import.meta.url).href;
  const [
    { openConnection },
    { SqlContext },
    { FileIdentity },
    { GroupWriter },
    { migrate },
    { systemTime },
    { CODE_OF },
  ] = await Promise.all(
    ["connection", "context", "file-identity", "group-writer", "migrate", "store-time", "writes"].map(
      (name) => import(at(name)),
    ),
  );
  const { folder, remove } = scratch("parts-writer");
  const file = join(folder, "parts.db");
  const db = openConnection(file, "writer", "FULL");
  migrate(db, file);
  let nonce = 0;
  const ctx = new SqlContext(db, systemTime(undefined, "boot"), () => `nonce-${nonce++}`, file);
  const options = { busyTimeoutMs: 0, durability: "full", pause: () => {}, random: Math.random };
  const group = new GroupWriter(ctx, { ...options, identity: new FileIdentity(ctx.location) });
  const op = (name, ...args) => ({ code: CODE_OF[name], args });
  const execute = (ops) => {
    const { results, errors } = group.execute(ops);
    if (errors !== null) throw new Error(JSON.stringify(errors[0]));
    group.moveEnded();
    return results;
  };
  const { RECOVERY_DEFAULTS } = await import("@holdfast/core");
  const holder = { name: "bench", host: "host", pid: 1, bootId: "boot", pidNamespace: "pid", processStart: "1" };
  let runCount = 0;
  const round = () => {
    const ids = Array.from({ length: RUNS }, () => `run-${runCount++}`);
    const created = execute(
      ids.map((id) =>
        op("createRun", {
          ...{ id, workflow: "steps", version: null, owner: null, inputJson: "{}", givenJson: null, stages: null },
          ...{ policy: RECOVERY_DEFAULTS, through: null, idempotencyKey: null, forkedFrom: null },
          claim: { holder, leaseMs: 300_000 },
        }),
      ),
    );
    const fences = created.map(({ claim }, at) => ({ runId: ids[at], token: claim.token, nonce: claim.nonce }));
    for (let i = 0; i < STAGES; i++) {
      const stage = `stage-${i}`;
      execute(fences.map((fence) => op("startAttempt", fence, { stage, attempt: 1, inputsHash: null, label: null })));
      const output = { kind: "inline", json: String(i) };
      execute(
        fences.map((fence) => op("finishAttempt", fence, { stage, attempt: 1, status: "completed", output, ms: 1 })),
      );
    }
  };
  for (let at = 0; at < MEASURED_FROM; at++) round();
  const before = process.cpuUsage();
  for (let at = MEASURED_FROM; at < ROUNDS; at++) round();
  const { user, system } = process.cpuUsage(before);
  const profile = await sample(() => {
    for (let at = MEASURED_FROM; at < ROUNDS; at++) round();
  });
  db.close();
  remove();
  return { cpuUs: user + system, profile };
}

export async function parts() {
  const stages = RUNS * STAGES * (ROUNDS - MEASURED_FROM);
  const us = (sum) => (sum / stages).toFixed(1);
  const [main, written] = [await mainThread(), await writer()];
  const rows = (table, profile) => Object.entries(attribute(profile, table)).map(([row, sum]) => [`  ${row}`, us(sum)]);
  printTable(`A stage's processor time at ${RUNS} runs of ${STAGES} no-op stages, all threads: ${us(main.cpuUs)} µs`, [
    ["part", "µs per stage"],
    ["main thread, sampled", ""],
    ...rows(MAIN, main.profile),
    [`writer's operations on one thread, ${us(written.cpuUs)} µs of processor time, sampled`, ""],
    ...rows(WRITER, written.profile),
  ]);
}
if (import.meta.filename === process.argv[1]) await parts();
