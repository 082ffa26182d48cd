/**
 * The jobs under load: 100 jobs of ten users, started over HTTP and worked on by two worker processes, against the same jobs worked on by
 * one; and what watching each of them over sockets costs. Figures of one machine: the ratios are what carries over.
 */
import { spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createHoldfastClient } from "@holdfast/client";
import { median, printTable, scratch, whole } from "./measure.mjs";
import { tokenFor } from "./token.mjs";

const JOBS = 100;
const USERS = 10;
const PAIRS = 3;
const SECRET = "thirty-two bytes for a benchmark alone";
const BIN = join(import.meta.dirname, "../packages/holdfast/bin/holdfast.mjs");

export async function jobs() {
  const one = [];
  const two = [];
  const watched = [];
  const health = [];
  for (let pair = 0; pair < PAIRS; pair++) {
    one.push((await once({ workers: 1, isWatched: false })).perSecond);
    two.push((await once({ workers: 2, isWatched: false })).perSecond);
    const seen = await once({ workers: 2, isWatched: true });
    watched.push(seen.perSecond);
    health.push(seen.healthMs);
  }
  const ratio = (a, b) => `${(median(a) / median(b)).toFixed(2)}x`;
  printTable(`Jobs: ${JOBS} of ${USERS} users, started over HTTP at once (medians of ${PAIRS})`, [
    ["", "jobs/s", "to one worker", "/healthz p99"],
    ["one worker", whole(median(one)), "1.00x", ""],
    ["two workers", whole(median(two)), ratio(two, one), ""],
    ["two workers, each job watched", whole(median(watched)), ratio(watched, one), `${median(health).toFixed(0)} ms`],
  ]);
}

/** Jobs a second from the first start to the last end. */
async function once({ workers, isWatched }) {
  const { folder, remove } = scratch("jobs");
  const running = [];
  const clients = [];
  try {
    writeFileSync(join(folder, "holdfast.config.mjs"), CONFIG);
    mkdirSync(join(folder, "documents"));
    for (const year of [1901, 1902, 1903]) {
      writeFileSync(
        join(folder, "documents", `${year}.txt`),
        `In ${year} the port of Oslo employed ${year - 1600} people.`,
      );
    }
    const server = command(folder, ["serve", "--port=0", "--no-worker", "--json", "--log-level=error"]);
    running.push(server);
    const { url } = JSON.parse(await firstJson(server));
    const users = Array.from({ length: USERS }, (_, at) => ({
      name: `user-${at}`,
      token: tokenFor(`user-${at}`, SECRET),
    }));
    const health = isWatched ? probe(url) : null;
    const began = performance.now();
    for (let at = 0; at < workers; at++) running.push(command(folder, ["worker", "--concurrency=8"], "ignore"));
    const started = await Promise.all(
      users.map(async (user) => {
        user.client = createHoldfastClient({ url, token: user.token, links: ["socket"] });
        clients.push(user.client);
        const ids = [];
        for (let at = 0; at < JOBS / USERS; at++) {
          const input = { documents: join(folder, "documents") };
          const { id } = await user.client.request("POST", "/api/runs", { workflow: "analysis", input });
          if (isWatched) user.client.watchRun(id, { after: 0 });
          ids.push(id);
        }
        return ids;
      }),
    );
    await Promise.all(users.map((user, at) => allCompleted(user, started[at])));
    const tookMs = performance.now() - began;
    return { perSecond: (JOBS * 1_000) / tookMs, healthMs: health === null ? 0 : await health.p99() };
  } finally {
    for (const client of clients) client.close();
    for (const child of running) kill(child);
    remove();
  }
}

const CONFIG = `
import { analysisJob } from "@holdfast/jobs";
export default {
  workflows: [analysisJob],
  server: {
    inputFolders: ["documents"],
    rateLimit: false,
    auth: { jwt: { issuer: "bench", audience: "holdfast", algorithm: "HS256", secret: "${SECRET}" } },
  },
};
`;

function command(folder, args, output = "pipe") {
  const env = {
    ...process.env,
    HOLDFAST_CONFIG: join(folder, "holdfast.config.mjs"),
    HOLDFAST_DATA_DIR: join(folder, "data"),
  };
  return spawn(process.execPath, [BIN, ...args], {
    cwd: folder,
    env,
    stdio: ["ignore", output, "ignore"],
    detached: true,
  });
}

/** With the processes that it started. */
function kill({ pid }) {
  try {
    process.kill(-pid, "SIGKILL");
  } catch {
    // It has ended.
  }
}

function firstJson(child) {
  return new Promise((resolve, reject) => {
    let text = "";
    child.stdout.setEncoding("utf8").on("data", (more) => {
      text += more;
      if (/^\{[\s\S]*\n\}/.test(text)) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`the server ended with ${code}: ${text}`)));
  });
}

/** The tokens of benchmarks are of admins, who see everybody's runs: each asks for its own. */
async function allCompleted({ client, name }, ids) {
  const wanted = new Set(ids);
  for (;;) {
    const { rows } = await client.request("GET", `/api/runs?limit=100&status=completed&owner=${name}`);
    if (rows.filter(({ id }) => wanted.has(id)).length === wanted.size) return;
    const { rows: failed } = await client.request("GET", "/api/runs?limit=1&status=failed");
    if (failed.length > 0) throw new Error(`run ${failed[0].id} failed`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

function probe(url) {
  const tookMs = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const began = performance.now();
      await (await fetch(`${url}/healthz`)).arrayBuffer();
      tookMs.push(performance.now() - began);
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  })();
  return {
    p99: async () => {
      isOver = true;
      await probing;
      return tookMs.sort((a, b) => a - b)[Math.floor(tookMs.length * 0.99)];
    },
  };
}
if (import.meta.filename === process.argv[1]) await jobs();
