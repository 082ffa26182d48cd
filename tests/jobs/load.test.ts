/**
 * More than a hundred jobs of several users over the whole path: files uploaded, jobs started, watched over sockets and
 * in the page, executed by two workers of which one is killed in the middle. Every job ends correctly, and every client
 * has seen its whole history.
 */
import { readFileSync } from "node:fs";
import { createHoldfastClient, type EventFrame, type HoldfastClient } from "@holdfast/client";
import { afterAll, expect, test } from "vitest";
import { hasChromium, inBrowser, newPage } from "../browser/page.js";
import { waitFor } from "../chaos/harness/wait-for.js";
import { killGroup, type ServedJobs, serveJobs, type User } from "./served-jobs.js";

const USERS = ["ann", "bob", "cid", "dora", "eve"];
/** Each user's jobs are about one port, which no other user's result may name. */
const PORTS: Readonly<Record<string, string>> = {
  ann: "oslo",
  bob: "cadiz",
  cid: "genoa",
  dora: "izmir",
  eve: "varna",
};
/** Of each user. Research reads its sources in processes of their own, which is most of what this test costs. */
const MIX = { analysis: 20, research: 1, trade: 2 };
const JOBS = USERS.length * Object.values(MIX).reduce((sum, count) => sum + count, 0);
/** Enough for loaded machines too. */
const END_MS = 150_000;
const MB = 1024 ** 2;

const clients: HoldfastClient[] = [];
afterAll(() => {
  for (const client of clients) client.close();
});

interface Job {
  readonly id: string;
  readonly user: User;
  readonly workflow: string;
  readonly events: EventFrame[];
  /** What its user did when it was stopped, and the requests of that. */
  readonly revived: string[];
  acts: Promise<unknown>;
}

async function startAll(user: User): Promise<Job[]> {
  const client = createHoldfastClient({ url: user.url, token: user.token, links: ["socket"] });
  clients.push(client);
  const port = PORTS[user.name] ?? "";
  const documents = await Promise.all(
    [1901, 1902, 1903].map((year) =>
      user.send(`${year} ${port}.txt`, `In ${year} the port of ${port} employed ${year - 1600} people.`),
    ),
  );
  const prices = await user.send(`${port}.csv`, pricesOf(USERS.indexOf(user.name)));
  const inputs = {
    // Slow enough that most of them are running or waiting when the kill comes.
    analysis: { documents, paceMs: 300 },
    research: { sources: documents, question: `How many people did the port of ${port} employ?`, paceMs: 100 },
    trade: { prices, fast: [5, 10], slow: [20, 40], draws: 100 },
  };
  const jobs: Job[] = [];
  for (const [workflow, count] of Object.entries(MIX)) {
    for (let at = 0; at < count; at++) {
      const id = await user.start(workflow, inputs[workflow as keyof typeof MIX]);
      const job: Job = { id, user, workflow, events: [], revived: [], acts: Promise.resolve() };
      const watch = client.watchRun(id, { after: 0 });
      watch.onEvent((event) => job.events.push(event));
      watch.onEvent(revive(job));
      jobs.push(job);
    }
  }
  return jobs;
}

/** Weekdays of a year and a half with a price each, which differ from user to user. */
function pricesOf(phase: number): string {
  const rows: string[] = [];
  for (let day = Date.UTC(2020, 0, 1); rows.length < 400; day += 86_400_000) {
    const date = new Date(day);
    const price = 100 * Math.exp(Math.sin(phase + rows.length / 40) / 3 + Math.sin(rows.length * 12.9898) / 50);
    if (date.getUTCDay() % 6 !== 0) rows.push(`${date.toISOString().slice(0, 10)},${price.toFixed(4)}`);
  }
  return `Date,Close\n${rows.join("\n")}\n`;
}

/** Resident memory of a process, in bytes; null where the system does not tell. */
function memoryOf(pid: number | undefined): number | null {
  try {
    const kilobytes = /VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1];
    return kilobytes === undefined ? null : Number(kilobytes) * 1024;
  } catch {
    return null;
  }
}

/** How long `/healthz` takes while everything else is running, in ms, sorted. */
function probe(served: ServedJobs): { stop: () => Promise<number[]> } {
  const tookMs: number[] = [];
  let isOver = false;
  const probing = (async () => {
    while (!isOver) {
      const beganMs = performance.now();
      const answer = await fetch(`${served.url}/healthz`);
      await answer.arrayBuffer();
      expect(answer.status).toBe(200);
      tookMs.push(performance.now() - beganMs);
      await waitFor(() => performance.now() - beganMs > 40, { withinMs: 1_000, what: "the next look" });
    }
  })();
  return {
    stop: async () => {
      isOver = true;
      await probing;
      return tookMs.sort((a, b) => a - b);
    },
  };
}

/**
 * What a user does with a job that the kill stopped, as soon as it is seen: resumes it if it has records, restarts it
 * if not. One at a time, so that a job is never acted on twice for one stop.
 */
function revive(job: Job): (event: EventFrame) => void {
  return ({ type }) => {
    const action = type === "run.paused" ? "resume" : type === "run.failed" ? "restart" : null;
    if (action === null) return;
    job.revived.push(action);
    job.acts = job.acts.then(() => job.user.ask("PUT", `/api/runs/${job.id}`, { action }));
  };
}

test(`${JOBS} jobs of ${USERS.length} users end right with one worker killed, a page open ${inBrowser}`, {
  timeout: 400_000,
}, async () => {
  const served = await serveJobs();
  const users = USERS.map((name) => served.user(name));
  const health = probe(served);
  const jobs = (await Promise.all(users.map(startAll))).flat();
  expect(jobs).toHaveLength(JOBS);
  const page = hasChromium ? await openPage(served, users[0] as User) : null;
  const before = memoryOf(served.server.child.pid);

  // The workers start last, when only watching is left: on a busy machine a browser takes as long to start as the jobs
  // to end.
  const workers = [served.worker(8), served.worker(8)] as const;
  const ended = () => jobs.filter(({ events }) => events.some(({ type }) => type === "run.completed")).length;
  await waitFor(() => ended() >= JOBS / 5, { withinMs: END_MS, what: "a fifth of the jobs" });
  expect(ended(), "the kill comes in the middle").toBeLessThan(JOBS);
  await killGroup(workers[0]);
  const replacement = served.worker(8);
  await waitFor(() => ended() === JOBS, { withinMs: END_MS, what: "every job to be completed" });
  await Promise.all(jobs.map(({ acts }) => acts));
  // The kill hit some of them, and nothing else stopped any.
  const revived = jobs.filter(({ revived: acts }) => acts.length > 0);
  expect(revived.length).toBeGreaterThan(0);
  expect(revived.length).toBeLessThanOrEqual(8);
  expect(jobs.filter(({ revived: acts }) => acts.length > 1)).toEqual([]);

  // Each client has the whole history of each of its jobs, in order, without a gap and without repeats.
  for (const { id, user, events, workflow } of jobs) {
    const run = await user.ask("GET", `/api/runs/${id}`);
    const rows: EventFrame[] = (await user.ask("GET", `/api/runs/${id}/events?limit=500`)).rows;
    await waitFor(() => events.length >= rows.length, { withinMs: 60_000, what: `the events of ${id}` });
    expect(
      events.map(({ seq }) => seq),
      `${workflow} ${id}`,
    ).toEqual(rows.map((_, at) => at + 1));
    expect(events.map(({ type }) => type)).toEqual(rows.map(({ type }) => type));
    expect(run.output.view[0].shape, workflow).toBe("headline");
    // Of its own user's files, and of nobody else's.
    const text = JSON.stringify(run.output).toLowerCase();
    const named = Object.values(PORTS).filter((port) => text.includes(port));
    expect(named, `${workflow} ${id}`).toEqual([PORTS[user.name]]);
  }
  // Each user sees exactly their own jobs.
  for (const user of users) {
    const own = jobs.filter((job) => job.user === user).map(({ id }) => id);
    const { rows } = await user.ask("GET", "/api/runs?limit=100");
    expect(rows.map((row: { id: string }) => row.id).sort()).toEqual([...own].sort());
    const other = jobs.find((job) => job.user !== user) as Job;
    await expect(user.ask("GET", `/api/runs/${other.id}`)).rejects.toThrow(/404/);
  }
  if (page !== null) {
    await waitFor(async () => (await page.shown()) >= 1, { withinMs: 90_000, what: "the jobs in the page" });
    expect(page.troubles).toEqual([]);
  }
  const tookMs = await health.stop();
  const p99 = tookMs[Math.floor(tookMs.length * 0.99)] ?? Number.POSITIVE_INFINITY;
  // Two cores are shared with workers, a browser and other tests. A server with a blocked loop would take seconds.
  expect(p99).toBeLessThan(1_000);
  const after = memoryOf(served.server.child.pid);
  const grownMb = ((after ?? 0) - (before ?? 0)) / MB;
  console.info(
    `${JOBS} jobs: ${tookMs.length} looks at /healthz, p50 ${tookMs[tookMs.length >> 1]?.toFixed(0)} ms, ` +
      `p99 ${p99.toFixed(0)} ms, max ${tookMs.at(-1)?.toFixed(0)} ms; the server grew by ${grownMb.toFixed(0)} MB; ` +
      `${jobs.reduce((sum, { events }) => sum + events.length, 0)} events at the clients, ${revived.length} jobs resumed or restarted`,
  );
  if (before !== null && after !== null) expect((after - before) / MB).toBeLessThan(120);
  for (const running of [workers[1], replacement, served.server]) running.child.kill("SIGTERM");
});

/** The list of runs in the page, as the user sees it. */
async function openPage(served: ServedJobs, user: User) {
  const { page, troubles } = await newPage();
  await page.goto(`${served.url}/runs#t=${user.token}`);
  const rows = page.locator("a.id");
  await rows.first().waitFor({ timeout: 60_000 });
  return { troubles, shown: () => rows.count() };
}
