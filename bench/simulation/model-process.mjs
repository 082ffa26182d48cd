/**
 * One model, or one year's commit, in a process of its own: opens the file, works, closes it, and says how long SQL ran and
 * how often another process held the file.
 */
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { DuckDBInstance } from "@duckdb/node-api";

const DIST = new URL("../../workloads/workforce-simulation/dist/", import.meta.url).href;
const [, , plan, what, yearText, name] = process.argv;
const { file, scenario, models } = JSON.parse(readFileSync(plan, "utf8"));
const year = Number(yearText);

/** Milliseconds until a process that was refused asks again: about as long as a model holds the file. */
const AGAIN_MS = 50;
let lockErrors = 0;
let lockWaitMs = 0;

async function open() {
  const startedAt = performance.now();
  for (;;) {
    try {
      const instance = await DuckDBInstance.create(file, { threads: "1" });
      if (lockErrors > 0) lockWaitMs = performance.now() - startedAt;
      return instance;
    } catch (error) {
      if (!/Conflicting lock is held/.test(error.message)) throw error;
      lockErrors++;
      await wait(AGAIN_MS);
    }
  }
}

const instance = await open();
const connection = await instance.connect();
let sqlMs = 0;
async function timed(sql) {
  const startedAt = performance.now();
  const reader = await connection.runAndReadAll(sql);
  sqlMs += performance.now() - startedAt;
  return reader.getRowObjectsJson();
}

if (what === "model") {
  const [{ renderModel }, { yearParameters, yearSources }, { inlineSource }] = await Promise.all(
    ["models/template", "config/year-parameters", "executor/inline-source"].map((one) => import(`${DIST}${one}.js`)),
  );
  const model = models.find((one) => one.name === name);
  const text = year === scenario.firstYear ? (model.firstText ?? model.text) : model.text;
  const sources = yearSources(scenario, year);
  const tableOf = ({ kind, name: table }) => {
    if (kind === "ref") return `y${year}_${table}`;
    if (kind === "prev") return `y${year - 1}_${table}`;
    return table === "census" ? "census" : inlineSource(sources[table], text);
  };
  const of = { year, seed: scenario.seed, parameters: yearParameters(scenario, year) };
  await timed(`CREATE OR REPLACE TABLE y${year}_${name} AS ${renderModel({ name, text }, of, tableOf)}`);
  console.log(JSON.stringify({ sqlMs, lockErrors, lockWaitMs }));
} else {
  const { FACTS, digestSql } = await import(`${DIST}executor/facts.js`);
  const digests = {};
  await timed("BEGIN");
  for (const fact of FACTS) {
    const from = `y${year}_${fact.model}`;
    const [{ rows, digest }] = await timed(digestSql(fact, from));
    digests[fact.table] = { rows: Number(rows), digest: String(digest) };
    const names = fact.columns.map(([column]) => column).join(", ");
    await timed(
      `INSERT INTO fct_${fact.table} SELECT ${year}, ${names} FROM ${from} ORDER BY ${fact.order.join(", ")}`,
    );
  }
  await timed("COMMIT");
  console.log(JSON.stringify({ sqlMs, lockErrors, lockWaitMs, digests }));
}
connection.closeSync();
instance.closeSync();
