// Computes one year. The models run as soon as their inputs allow, into tables beside the file. Each fact's digest is
// taken once the fact is complete; invariants are checked last. Nothing reaches the file before `commit.ts`.

import { plural } from "holdfast/extend";
import type { Made, ModelCache, Rows } from "../cache/model-cache.js";
import type { Parameters, Scenario } from "../config/year-parameters.js";
import { yearParameters, yearSources } from "../config/year-parameters.js";
import { type Connection, type Database, quote } from "../database/database.js";
import { DatabaseError } from "../database/failure.js";
import { type Graph, type GraphNode, remainingWay } from "../graph/graph.js";
import { runGraph, type Task } from "../graph/run-graph.js";
import { renderModel, type TableName } from "../models/template.js";
import { type Digest, digestSql, FACTS, INVARIANTS_MODEL } from "./facts.js";
import { inlineSource } from "./inline-source.js";

export interface ModelTiming {
  readonly name: string;
  readonly startMs: number;
  readonly ms: number;
  readonly isHit: boolean;
  /** Milliseconds that a hit saved. */
  readonly savedMs: number;
}

export interface ComputedYear {
  readonly year: number;
  readonly tables: ReadonlyMap<string, Rows>;
  readonly digests: Readonly<Record<string, Digest>>;
  readonly timings: readonly ModelTiming[];
  readonly wallMs: number;
  /** The longest chain of dependent models, a lower bound for any number of connections. */
  readonly criticalPathMs: number;
}

export interface ComputeYear {
  readonly year: number;
  readonly scenario: Scenario;
  readonly graph: Graph;
  /** Rows carried over from the previous year, by model. */
  readonly carried: ReadonlyMap<string, Rows>;
  readonly censusDigest: string;
  /** Milliseconds that a model took in an earlier year. */
  readonly costOf: (name: string) => number;
  readonly connectionCount: number;
  readonly cache: ModelCache | null;
  readonly nowMs: () => number;
  readonly onModel: (done: number, total: number) => void;
}

const DIGEST_PREFIX = "digest of ";

/** Computes a year. @throws {DatabaseError} broken if an invariant is violated; the year must not be committed then. */
export async function computeYear(database: Database, of: ComputeYear): Promise<ComputedYear> {
  const { year, graph, nowMs } = of;
  const startedAt = nowMs();
  await database.main.run(`DROP SCHEMA IF EXISTS memory.y${year} CASCADE`);
  await database.main.run(`CREATE SCHEMA memory.y${year}`);
  const tables = new Map<string, Rows>();
  const digests: Record<string, Digest> = {};
  const timings: ModelTiming[] = [];
  const total = graph.length;
  const given = { parameters: yearParameters(of.scenario, year), sources: yearSources(of.scenario, year) };
  const runModel = async (node: GraphNode, connection: Connection) => {
    const beganAt = nowMs();
    const made = await makeRows(node, connection, { ...of, ...given }, tables).catch((thrown: unknown) => {
      throw wordModelFailure(thrown, year, node.name);
    });
    tables.set(node.name, made.rows);
    const { isHit, savedMs } = made;
    timings.push({ name: node.name, startMs: beganAt - startedAt, ms: nowMs() - beganAt, isHit, savedMs });
    of.onModel(timings.length, total);
  };
  const tasks: Task[] = graph.map((node) => ({
    name: node.name,
    needs: node.needs,
    run: (slot) => runModel(node, database.connections[slot] as Connection),
  }));
  for (const fact of FACTS) {
    tasks.push({
      name: DIGEST_PREFIX + fact.model,
      needs: [fact.model],
      run: async (slot) => {
        const connection = database.connections[slot] as Connection;
        const [row] = await connection.rows(digestSql(fact, (tables.get(fact.model) as Rows).table));
        digests[fact.table] = { rows: Number(row?.rows), digest: String(row?.digest) };
      },
    });
  }
  const way = remainingWay(graph, of.costOf);
  await runGraph(tasks, {
    slots: of.connectionCount,
    wayOf: (name) => way.get(name) ?? 0,
    onFailure: () => database.interruptAll(),
  });
  await checkInvariants(database.main, year, (tables.get(INVARIANTS_MODEL) as Rows).table);
  const costs = new Map(timings.map(({ name, ms }) => [name, ms]));
  const ways = remainingWay(graph, (name) => costs.get(name) ?? 0);
  return {
    year,
    tables,
    // In the order of the facts, whichever finished first.
    digests: Object.fromEntries(FACTS.map(({ table }) => [table, digests[table] as Digest])),
    timings,
    wallMs: nowMs() - startedAt,
    criticalPathMs: Math.max(0, ...ways.values()),
  };
}

async function makeRows(
  node: GraphNode,
  connection: Connection,
  of: ComputeYear & { readonly parameters: Parameters; readonly sources: ReturnType<typeof yearSources> },
  tables: ReadonlyMap<string, Rows>,
): Promise<Made> {
  const { year, scenario, cache, parameters, sources } = of;
  const context = { year, seed: scenario.seed, parameters };
  const rowsOf = ({ kind, name }: TableName): Rows => {
    const rows = kind === "ref" ? tables.get(name) : of.carried.get(name);
    if (rows === undefined) throw new Error(`model ${node.name}: the rows of ${name} are not there`);
    return rows;
  };
  const tableOf = (table: TableName): string => {
    if (table.kind !== "src") return rowsOf(table).table;
    if (table.name === "census") return "sim.census";
    return inlineSource(sources[table.name] as (typeof sources)[string], node.text);
  };
  const sql = renderModel(node, context, tableOf);
  const own = `memory.y${year}.${node.name}`;
  if (cache === null) {
    await connection.run(`CREATE TABLE ${own} AS ${sql}`);
    return { rows: { table: own, digest: null }, isHit: false, savedMs: 0 };
  }
  const inputs = [
    ...node.needs.map((name) => ({ kind: "ref" as const, name })),
    ...node.before.map((name) => ({ kind: "prev" as const, name })),
  ].map((table) => rowsOf(table).digest ?? "");
  if (node.sources.includes("census")) inputs.push(of.censusDigest);
  // The text independent of table names, since the location of an input's rows does not affect its content.
  const canonical = renderModel(node, context, (table) =>
    table.kind === "src" && table.name !== "census" ? tableOf(table) : `${table.kind}.${table.name}`,
  );
  return cache.makeRows({ sql: canonical, inputs }, connection, own, () =>
    connection.run(`CREATE TABLE ${own} AS ${sql}`),
  );
}

/** Adds year and model to a failure. */
function wordModelFailure(thrown: unknown, year: number, model: string): unknown {
  if (!(thrown instanceof DatabaseError)) return thrown;
  const { failure } = thrown;
  if (failure.kind === "overflow") {
    const problem =
      `year ${year}: a number in model ${model} grew beyond what its column holds; pay and raises end at 9,999,999,999.99 ` +
      "dollars. Lower what makes them grow (cola, levels.merit, promotion.raiseMean, bandGrowth, growth.headcount), or simulate fewer years";
    return new DatabaseError({ kind: "overflow", problem }, { cause: thrown });
  }
  if (failure.kind !== "other") return thrown;
  return new DatabaseError(
    { kind: "other", problem: `year ${year}, model ${model}: ${failure.problem}` },
    { cause: thrown },
  );
}

async function checkInvariants(connection: Connection, year: number, table: string): Promise<void> {
  const broken = await connection.rows(`SELECT invariant, broken::VARCHAR AS broken FROM ${table} WHERE broken <> 0`);
  if (broken.length === 0) return;
  const told = broken.map((row) => `${quote(String(row.invariant))} ${plural(Number(row.broken), "time")}`).join(", ");
  throw new DatabaseError({ kind: "broken", problem: `year ${year} breaks ${told}; it was not written` });
}
