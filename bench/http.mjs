/**
 * HTTP with 100,000 runs in the store: how long an answer takes at 10 connections, beside a bare Fastify route of the same
 * process in the same run, and how much of a processor it takes, which does not depend on who else is at work; and a
 * hundred runs created at once.
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import autocannon from "autocannon";
import { printTable, scratch, whole } from "./measure.mjs";

const RUN_COUNT = 100_000;
const CONNECTION_COUNT = 10;
const SECONDS = 6;
const AT_ONCE_COUNT = 120;

const ms = (value) => value.toFixed(1);

export async function http() {
  const place = scratch("http");
  const child = fork(join(import.meta.dirname, "http-child.mjs"), [place.folder, String(RUN_COUNT)]);
  try {
    const { url, token, bare } = await new Promise((resolve, reject) => {
      child.once("message", resolve);
      child.once("exit", (code) => reject(new Error(`the server ended with ${code}`)));
    });
    const headers = { authorization: `Bearer ${token}` };
    const middle = `${url}/api/runs/run-${RUN_COUNT / 2}`;
    const cpuMs = () =>
      new Promise((resolve) => {
        child.once("message", (message) => resolve(message.cpuMs));
        child.send("cpu");
      });
    const rows = [["route", "answers/s", "p50 ms", "p99 ms", "p99 beside bare", "cpu ms an answer"]];
    const figures = [];
    for (const [name, address] of [
      ["bare Fastify route", bare],
      ["GET /api/runs (50 rows)", `${url}/api/runs`],
      ["GET /api/runs?status=queued&owner=user-3", `${url}/api/runs?status=queued&owner=user-3`],
      ["GET /api/runs/:id", middle],
      ["GET /api/runs/:id/health", `${middle}/health`],
    ]) {
      await measure(address, headers, 1);
      const before = await cpuMs();
      const found = await measure(address, headers, SECONDS);
      const cpu = ((await cpuMs()) - before) / found.requests.total;
      if (found.non2xx > 0 || found.errors > 0)
        throw new Error(`${name}: ${found.non2xx} refused, ${found.errors} lost`);
      figures.push({ name, p50: found.latency.p50, p99: found.latency.p99, perS: found.requests.average, cpu });
    }
    const [base] = figures;
    for (const { name, p50, p99, perS, cpu } of figures) {
      const beside = `+${ms(Math.max(0, p99 - base.p99))} ms`;
      rows.push([name, whole(perS), ms(p50), ms(p99), beside, cpu.toFixed(2)]);
    }
    printTable(`HTTP: ${whole(RUN_COUNT)} runs in the store, ${CONNECTION_COUNT} connections, ${SECONDS} s each`, rows);

    const since = performance.now();
    const statuses = await Promise.all(
      Array.from({ length: AT_ONCE_COUNT }, (_, n) =>
        fetch(`${url}/api/runs`, {
          method: "POST",
          headers: { ...headers, "content-type": "application/json" },
          body: JSON.stringify({ workflow: "noop", input: { n } }),
        }).then((answer) => answer.status),
      ),
    );
    const tookMs = performance.now() - since;
    if (statuses.some((status) => status !== 201)) throw new Error(`not all were created: ${new Set(statuses)}`);
    console.log(`  ${AT_ONCE_COUNT} runs created at once in ${whole(tookMs)} ms, each recorded`);
  } finally {
    child.kill("SIGKILL");
    place.remove();
  }
}

const measure = (url, headers, duration) =>
  autocannon({ url, headers, duration, connections: CONNECTION_COUNT, pipelining: 1 });
