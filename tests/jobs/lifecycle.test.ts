/**
 * The life of a job over HTTP: killed in the middle, paused by the supervisor, resumed by its user, restarted with
 * another question.
 */
import { expect, test } from "vitest";
import { waitFor } from "../chaos/harness/wait-for.js";
import { killGroup, type ServedJobs, serveJobs, type User, WAIT_MS } from "./served-jobs.js";

const FILES = Array.from({ length: 6 }, (_, at) => ({
  name: `190${at} report.txt`,
  text: `In report ${at} the port of Oslo employs people in many terminals. The good harbor of town ${at} grew.`,
}));
const sendAll = (user: User) => Promise.all(FILES.map(({ name, text }) => user.send(name, text)));

/** The jobs, each with the journal of what it executed: one line for each source or document. */
const JOBS = {
  research: { field: "sources", paceMs: 1_500, more: { question: "How many people does the port of Oslo employ?" } },
  // Two documents at a time. Both are slow, so that both are in progress at once.
  analysis: { field: "documents", paceMs: 3_000, more: {} },
} as const;
type Name = keyof typeof JOBS;

async function start(
  served: ServedJobs,
  user: User,
  name: Name,
  { paceMs = JOBS[name].paceMs as number, journal = name as string } = {},
) {
  const { field, more } = JOBS[name];
  const input = { ...more, [field]: await sendAll(user), journal: served.journal(journal), paceMs };
  return user.start(name, input);
}

/** How often each source or document was finished, and how often it was begun. */
async function counts(served: ServedJobs, journal: string) {
  const lines = await served.executed(journal);
  const of = (edge: string) => {
    const found = new Map<string, number>();
    for (const line of lines.filter((one) => one.endsWith(edge))) found.set(line, (found.get(line) ?? 0) + 1);
    return [...found.values()];
  };
  return { begun: of(" start"), finished: of(" end") };
}

test("each job killed with SIGKILL is paused for its user, who resumes it: nothing that was recorded is done twice", async () => {
  const served = await serveJobs();
  const ann = served.user("ann");
  const names = Object.keys(JOBS) as Name[];
  const runs = await Promise.all(names.map(async (name) => ({ name, id: await start(served, ann, name) })));
  const first = served.worker();
  // In each, two are recorded and one is in progress.
  for (const { name } of runs) {
    const seen = async () => (await counts(served, name)).finished.length >= 2;
    await waitFor(seen, { withinMs: WAIT_MS, what: `two documents of ${name}` });
  }
  await killGroup(first);
  for (const { id, name } of runs) {
    const paused = await ann.until(id, "paused");
    expect(paused.reason, name).toMatch(/\S/);
    const { resume } = await ann.ask("GET", `/api/runs/${id}/recovery`);
    expect(resume, name).toMatchObject({ isAllowed: true });
  }
  const before = Object.fromEntries(
    await Promise.all(names.map(async (name) => [name, await counts(served, name)] as const)),
  );
  const second = served.worker();
  for (const { id } of runs) await ann.ask("PUT", `/api/runs/${id}`, { action: "resume" });
  for (const { id, name } of runs) {
    const { output } = await ann.until(id, "completed");
    expect(output.view.length, name).toBeGreaterThan(2);
    const { begun, finished } = await counts(served, name);
    expect(finished.length, name).toBe(FILES.length);
    // What was in progress at the kill was begun again; a record that was cut off before its commit may be repeated
    // once.
    expect(Math.max(...finished), name).toBeLessThanOrEqual(2);
    const again = begun.filter((times) => times > 1).length;
    expect(again, name).toBeLessThanOrEqual(2);
    expect(again, name).toBeLessThan((before[name]?.finished.length ?? 0) + 2);
  }
  second.child.kill("SIGTERM");
  served.server.child.kill("SIGTERM");
});

test("a job that is killed before anything was recorded fails, with the reason", async () => {
  const served = await serveJobs();
  const ann = served.user("ann");
  const id = await start(served, ann, "research", { paceMs: 60_000 });
  const worker = served.worker();
  const begun = async () => (await served.executed("research")).length > 0;
  await waitFor(begun, { withinMs: WAIT_MS, what: "the first source" });
  await killGroup(worker);
  const failed = await ann.until(id, "failed");
  expect(JSON.stringify(failed.error ?? failed.reason)).toMatch(/\S/);
  served.server.child.kill("SIGTERM");
});

test("a job is paused, resumed from its checkpoint, restarted with another question, and cancelled", async () => {
  const served = await serveJobs(["--concurrency=2", "--stop-grace-ms=500"]);
  const ann = served.user("ann");
  const act = (id: string, body: object) => ann.ask("PUT", `/api/runs/${id}`, body);
  const id = await start(served, ann, "research", { paceMs: 200, journal: "steered" });
  const read = (count: number) => async () => (await counts(served, "steered")).finished.length >= count;
  await waitFor(read(2), { withinMs: WAIT_MS, what: "two sources" });
  const running = await ann.ask("GET", `/api/runs/${id}`);
  expect(running.progress ?? running.stages, JSON.stringify(running)).toBeTruthy();
  await act(id, { action: "pause" });
  const paused = await ann.until(id, "paused");
  const checkpoint = await ann.ask("GET", `/api/runs/${id}/checkpoint`);
  expect(JSON.stringify(checkpoint)).toContain("read");
  expect(paused.status).toBe("paused");
  await act(id, { action: "resume" });
  await ann.until(id, "completed");
  expect((await counts(served, "steered")).finished.filter((times) => times > 1)).toEqual([]);

  const restarted = await act(id, { action: "restart", set: { question: "Which town had a good harbor?", paceMs: 0 } });
  expect([restarted.generation, restarted.input.question]).toEqual([2, "Which town had a good harbor?"]);
  const { output } = await ann.until(id, "completed");
  expect([output.question, output.answered]).toEqual(["Which town had a good harbor?", true]);
  expect(output.answer[0].text).toContain("good harbor");

  const long = await start(served, ann, "analysis", { paceMs: 60_000, journal: "cancelled" });
  await ann.until(long, "running");
  await act(long, { action: "cancel" });
  await ann.until(long, "cancelled");
  served.server.child.kill("SIGTERM");
});
