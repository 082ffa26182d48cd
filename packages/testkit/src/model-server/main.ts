#!/usr/bin/env node
// The model server as a separate process, so that a test can kill either side alone. Prints one JSON line,
// {"port":…,"baseUrl":"…","pid":…}, once it listens. Stops on SIGTERM, SIGINT or, with --stop-with-parent, when its
// stdin ends, so that a killed test leaves no server behind.
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { FaultPlan } from "./faults.js";
import { startModelServer } from "./model-server.js";

const USAGE =
  "model-server [--port N] [--seed N] [--journal FILE] [--faults FILE.json] [--latency MIN,MAX] [--rpm N] [--burst N] [--api-key KEY] [--stop-with-parent]";

try {
  await main();
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n${USAGE}\n`);
  process.exitCode = 2;
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      seed: { type: "string" },
      journal: { type: "string" },
      faults: { type: "string" },
      latency: { type: "string" },
      rpm: { type: "string" },
      burst: { type: "string" },
      "api-key": { type: "string" },
      "stop-with-parent": { type: "boolean" },
    },
  });
  const rpm = values.rpm === undefined ? undefined : readInteger("--rpm", values.rpm);
  const server = await startModelServer({
    port: readInteger("--port", values.port ?? "0"),
    seed: readInteger("--seed", values.seed ?? "1"),
    journalFile: values.journal,
    faults: values.faults === undefined ? undefined : (JSON.parse(readFileSync(values.faults, "utf8")) as FaultPlan),
    latencyMs: values.latency === undefined ? undefined : readRange(values.latency),
    rateLimit:
      rpm === undefined
        ? undefined
        : { rpm, burst: values.burst === undefined ? undefined : readInteger("--burst", values.burst) },
    apiKey: values["api-key"],
  });
  const stop = () => void server.close().then(() => process.exit(0));
  process.once("SIGTERM", stop);
  process.once("SIGINT", stop);
  if (values["stop-with-parent"]) process.stdin.resume().once("end", stop).once("error", stop);
  process.stdout.write(`${JSON.stringify({ port: server.port, baseUrl: server.baseUrl, pid: process.pid })}\n`);
}

function readInteger(flag: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new TypeError(`${flag}: "${text}" is not a whole number.`);
  return Number(text);
}

function readRange(text: string): [number, number] {
  const [min = "", max = ""] = text.split(",");
  return [readInteger("--latency", min), readInteger("--latency", max)];
}
