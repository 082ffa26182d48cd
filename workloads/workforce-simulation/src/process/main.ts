// The process that has a simulation's database open. A process of its own, because DuckDB's statements run on libuv's
// threads, of which a process has four: the heartbeats and files of the run would wait for queries. Here the pool is as
// large as the connections need (the parent sets UV_THREADPOOL_SIZE), and nothing else waits for it.
//
// It ends with its parent: when the channel closes, at once, so that a killed run leaves no one holding the file. Signals
// of the terminal are the parent's business.

import { version as duckdbVersion } from "@duckdb/node-api";
import { openFolderCache } from "../cache/folder-cache.js";
import { generateCensus } from "../census/generate.js";
import type { CensusRow } from "../census/row.js";
import { DatabaseError, type Failure, failureOf } from "../database/failure.js";
import { Session } from "../executor/session.js";
import { loadModels, ModelError } from "../models/load.js";
import type { AnswerOf, ArgumentOf, FromProcess, OpenRequest, RequestName, ToProcess } from "./protocol.js";

let file = "";
let opened: { readonly session: Session; readonly request: OpenRequest } | null = null;
const sent: CensusRow[] = [];

function send(message: FromProcess): void {
  // The parent may be gone while an answer is on its way; `disconnect` ends this process then.
  if (process.connected) process.send?.(message, undefined, undefined, () => undefined);
}

function session(): Session {
  if (opened === null) throw new Error("the database is not open");
  return opened.session;
}

const HANDLERS: { readonly [R in RequestName]: (argument: ArgumentOf<R>) => Promise<AnswerOf<R>> } = {
  open: async (request) => {
    file = request.file;
    const { models } = await loadModels(request.overlay);
    const { cache } = request;
    const made = await Session.open({
      ...request,
      models,
      openCache: cache === null ? null : () => openFolderCache(cache.folder, cache.limitBytes, duckdbVersion()),
      nowMs: () => performance.now(),
      onNotice: (notice) => send({ notice }),
      onProgress: (year, done, total) => send({ year, done, total }),
    });
    opened = { session: made, request };
    return { engine: duckdbVersion() };
  },
  addPeople: async (rows) => {
    for (const row of rows) sent.push(row);
    return null;
  },
  setUp: async (people) => {
    const rows = people.kind === "sent" ? sent.splice(0) : makeUp(people.employees);
    const { censusDigest, keptYears } = await session().setUp(rows);
    return { censusDigest, keptYears, people: rows.length };
  },
  begin: async (digest) => nothing(await session().begin(digest)),
  stored: (year) => session().stored(year),
  compute: async (year) => nothing(await session().compute(year)),
  commit: (year) => session().commit(year),
  years: () => session().years(),
  rows: (sql) => session().rows(sql),
  run: async (sql) => nothing(await session().run(sql)),
  report: async () => session().report(),
  interrupt: async () => nothing(opened?.session.interrupt()),
  close: async () => {
    const closing = opened;
    opened = null;
    await closing?.session.close();
    return null;
  },
};

function nothing(_of: unknown): null {
  return null;
}

function makeUp(employees: number): CensusRow[] {
  const { scenario } = (opened as NonNullable<typeof opened>).request.identity;
  const { firstYear, seed, assumptions } = scenario;
  return [...generateCensus({ employees, seed, firstYear, levels: assumptions.levels })];
}

function toFailure(thrown: unknown): Failure {
  if (thrown instanceof DatabaseError) return thrown.failure;
  if (thrown instanceof ModelError) return { kind: "wrongUse", problem: thrown.message };
  return failureOf(thrown, file);
}

process.on("message", ({ id, name, argument }: ToProcess) => {
  const handle = HANDLERS[name] as (argument: unknown) => Promise<unknown>;
  handle(argument).then(
    (answer) => send({ id, answer }),
    (thrown: unknown) => send({ id, failure: toFailure(thrown) }),
  );
});
process.on("SIGINT", () => undefined);
process.on("SIGTERM", () => undefined);
// Not an orderly end: statements under way would be waited for, and the file would stay locked meanwhile.
process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
