// Checks the models with DuckDB's own parser and binder before a year runs. Refused are tables other than ref, prev and
// src, functions whose result changes from call to call, windows whose order leaves ties to chance, and sums of
// floating-point numbers. Every model is also bound against empty tables, so that a wrong column is found at once and
// not in the third year.
import { type Scenario, yearParameters, yearSources } from "../config/year-parameters.js";
import type { Connection } from "../database/database.js";
import type { Graph, GraphNode } from "../graph/graph.js";
import { ModelError } from "../models/load.js";
import { renderModel, type TableName } from "../models/template.js";
import { inlineSource } from "./inline-source.js";

const CENSUS_SQL =
  "SELECT NULL::VARCHAR AS employee_id, NULL::DATE AS birth_date, NULL::DATE AS hire_date, NULL::INTEGER AS level_id, " +
  "NULL::DECIMAL(12,2) AS annual_comp, NULL::DECIMAL(7,6) AS deferral_rate, NULL::BOOLEAN AS is_active WHERE false";

/** Volatile for DuckDB or for us: functions that depend on the day, the machine or the connection. */
const TODAY = [
  "now",
  "today",
  "current_date",
  "current_timestamp",
  "get_current_timestamp",
  "getvariable",
  "current_setting",
];
/** Window functions whose result depends on the order within the window. */
const ORDERED = [
  "row_number",
  "rank",
  "dense_rank",
  "ntile",
  "first_value",
  "last_value",
  "nth_value",
  "lag",
  "lead",
  "cume_dist",
  "percent_rank",
];
/** Aggregates that add. */
const ADDING = ["sum", "avg", "sum_no_overflow", "fsum", "kahan_sum", "favg", "product"];

/** Checks all models. @throws {ModelError} naming the model and its problem. */
export async function checkGraph(
  connection: Connection,
  graphs: { readonly first: Graph; readonly later: Graph },
  scenario: Scenario,
): Promise<void> {
  const volatile = new Set(TODAY);
  for (const row of await connection.rows(
    "SELECT DISTINCT function_name FROM duckdb_functions() WHERE stability = 'VOLATILE'",
  )) {
    volatile.add(String(row.function_name));
  }
  await connection.run("DROP SCHEMA IF EXISTS memory.checked CASCADE");
  await connection.run("CREATE SCHEMA memory.checked");
  await connection.run(`CREATE TABLE memory.checked.src_census AS ${CENSUS_SQL}`);
  for (const [isFirst, graph] of [
    [true, graphs.first],
    [false, graphs.later],
  ] as const) {
    const year = scenario.firstYear + (isFirst ? 0 : 1);
    const prefix = isFirst ? "first_" : "later_";
    for (const node of graph) await checkNode(connection, node, { scenario, year, prefix, volatile });
  }
  await connection.run("DROP SCHEMA memory.checked CASCADE");
}

interface Check {
  readonly scenario: Scenario;
  readonly year: number;
  readonly prefix: string;
  readonly volatile: ReadonlySet<string>;
}

async function checkNode(connection: Connection, node: GraphNode, check: Check): Promise<void> {
  const { scenario, year, prefix } = check;
  const sources = yearSources(scenario, year);
  const tableOf = ({ kind, name }: TableName): string => {
    if (kind === "prev") return `memory.checked.first_${name}`;
    if (kind === "ref") return `memory.checked.${prefix}${name}`;
    return name === "census"
      ? "memory.checked.src_census"
      : inlineSource(sources[name] as (typeof sources)[string], node.text);
  };
  const refuse = (problem: string): never => {
    throw new ModelError(`${node.name}.sql`, problem);
  };
  let sql: string;
  try {
    sql = renderModel(node, { year, seed: scenario.seed, parameters: yearParameters(scenario, year) }, tableOf);
  } catch (thrown) {
    return refuse((thrown as Error).message);
  }
  checkTree(await parse(connection, sql, refuse), node, check.volatile, refuse);
  const table = `memory.checked.${prefix}${node.name}`;
  await connection.run(`CREATE TABLE ${table} AS ${sql}`).catch((thrown: Error) => refuse(thrown.message));
  const plan = await connection.rows(`SELECT json_serialize_plan('${sql.replaceAll("'", "''")}') AS plan`);
  checkSums(JSON.parse(String(plan[0]?.plan)), refuse);
  const columns = await connection.rows(
    `SELECT column_name, data_type FROM duckdb_columns() WHERE database_name = 'memory' AND schema_name = 'checked' AND table_name = '${prefix}${node.name}'`,
  );
  for (const row of columns) {
    const type = String(row.data_type);
    if (/DOUBLE|FLOAT|HUGEINT/.test(type)) {
      refuse(`column ${row.column_name} is ${type}: cast it to DECIMAL or BIGINT, which are exact everywhere`);
    }
  }
  const names = new Set(columns.map((row) => String(row.column_name)));
  const lacking = node.grain.find((column) => !names.has(column));
  if (lacking !== undefined) refuse(`its grain names ${lacking}, which is no column of it`);
}

type Tree = Readonly<Record<string, unknown>>;

async function parse(connection: Connection, sql: string, refuse: (problem: string) => never): Promise<Tree> {
  const [row] = await connection.rows(`SELECT json_serialize_sql('${sql.replaceAll("'", "''")}') AS tree`);
  const tree = JSON.parse(String(row?.tree)) as Tree;
  if (tree.error === true) refuse(String(tree.error_message));
  return tree;
}

function checkTree(
  tree: Tree,
  node: GraphNode,
  volatile: ReadonlySet<string>,
  refuse: (problem: string) => never,
): void {
  const named = new Set<string>();
  walk(tree, (part) => {
    const map = (part.cte_map as { map?: readonly { key: string }[] } | undefined)?.map;
    for (const { key } of map ?? []) named.add(key);
  });
  walk(tree, (part) => {
    if (part.type === "BASE_TABLE" && part.schema_name === "" && !named.has(String(part.table_name))) {
      refuse(`table ${part.table_name} is named directly; use {{ ref('…') }}, {{ prev('…') }} or {{ src('…') }}`);
    }
    if (part.type === "TABLE_FUNCTION") {
      const name = String((part.function as Tree | undefined)?.function_name);
      if (!["range", "generate_series", "unnest"].includes(name)) refuse(`${name}() reads what no model declares`);
    }
    const name = String(part.function_name ?? "");
    if (part.class === "FUNCTION" && volatile.has(name)) {
      refuse(`${name}() differs from call to call; draw with {{ u('kind', 'key') }}`);
    }
    if (part.class === "WINDOW" && ORDERED.includes(name)) checkWindow(part, name, node, refuse);
  });
}

/** Ties must be broken by a key of the rows: a person, or everything that identifies a row of this model. */
function checkWindow(part: Tree, name: string, node: GraphNode, refuse: (problem: string) => never): void {
  const orders = (part.orders as readonly { expression: Tree }[]).map(({ expression }) => lastName(expression));
  const isFull =
    orders.includes("employee_id") || orders.includes("seat") || node.grain.every((column) => orders.includes(column));
  if (!isFull) {
    refuse(`${name}() leaves ties to chance: end its ORDER BY with ${node.grain.join(", ")} or employee_id`);
  }
}

function lastName(expression: Tree): string {
  return String((expression.column_names as readonly string[] | undefined)?.at(-1) ?? "");
}

function checkSums(plan: unknown, refuse: (problem: string) => never): void {
  walk(plan as Tree, (part) => {
    if (part.expression_class !== "BOUND_AGGREGATE" && part.expression_class !== "BOUND_WINDOW") return;
    const type = (part.return_type as { id?: string } | undefined)?.id ?? "";
    if (ADDING.includes(String(part.name)) && /DOUBLE|FLOAT/.test(type)) {
      refuse(`${part.name}() adds ${type}: its result depends on the order of rows; cast to DECIMAL before adding`);
    }
  });
}

function walk(tree: unknown, visit: (part: Tree) => void): void {
  if (Array.isArray(tree)) {
    for (const one of tree) walk(one, visit);
  } else if (typeof tree === "object" && tree !== null) {
    visit(tree as Tree);
    for (const one of Object.values(tree)) walk(one, visit);
  }
}
