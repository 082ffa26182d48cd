/** Models that would give different results on different days, threads or machines are refused before a year runs. */
import { expect, test } from "vitest";
import { loadModels } from "../models/load.js";
import { openSession } from "./session.fixture.js";

const HEADER = "-- grain: employee_id\n";
const SPELL = "{{ ref('spell') }}";
/** A body for the model `hce`, from which snapshots read employee_id and is_hce. */
const body = (sql: string) => HEADER + sql;

test.each([
  [
    "draws from random()",
    `SELECT employee_id, random() < 0.5 AS is_hce FROM ${SPELL}`,
    "random() differs from call to call",
  ],
  [
    "looks at the clock",
    `SELECT employee_id, hire_date < today() AS is_hce FROM ${SPELL}`,
    "today() differs from call to call",
  ],
  ["names a table", "SELECT employee_id, true AS is_hce FROM memory_table", "table memory_table is named directly"],
  [
    "reads a file",
    "SELECT employee_id, true AS is_hce FROM read_csv('people.csv')",
    "read_csv() reads what no model declares",
  ],
  [
    "leaves ties to chance",
    `SELECT employee_id, row_number() OVER (ORDER BY hire_date) > 5 AS is_hce FROM ${SPELL}`,
    "row_number() leaves ties to chance",
  ],
  [
    "adds floating point",
    `SELECT employee_id, sum(random_free) > 1 AS is_hce FROM (SELECT employee_id, 0.5::DOUBLE AS random_free FROM ${SPELL}) GROUP BY employee_id`,
    "sum() adds DOUBLE",
  ],
  [
    "gives floating point",
    `SELECT employee_id, true AS is_hce, 0.5::DOUBLE AS share FROM ${SPELL}`,
    "column share is DOUBLE",
  ],
  ["reads a column that is not there", `SELECT employee_id, wage > 1 AS is_hce FROM ${SPELL}`, "wage"],
  ["has no column of its grain", `SELECT true AS is_hce FROM ${SPELL}`, "names employee_id, which is no column"],
  ["is no SQL", "SELEC employee_id", "syntax error"],
  [
    "asks for an unknown parameter",
    `SELECT employee_id, {{ p('plan.x') }} > 1 AS is_hce FROM ${SPELL}`,
    'no parameter "plan.x"',
  ],
  ["uses an unknown helper", `SELECT employee_id, {{ now }} > 1 AS is_hce FROM ${SPELL}`, 'no helper "now"'],
])("a model that %s is refused", async (_what, sql, problem) => {
  const { models } = await loadModels(null);
  const changed = models.map((model) => (model.name === "hce" ? { ...model, text: body(sql) } : model));
  await expect(openSession({ models: changed, years: "2025" })).rejects.toThrow(problem);
});
