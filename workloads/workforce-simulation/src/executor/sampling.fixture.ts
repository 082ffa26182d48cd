// Leavers, hires and promotions of one year without the rest of it: only the models of these events, on a database in
// memory, so that many seeds can be counted. Expectations are computed here from the assumptions, not read from a
// model.
import { DuckDBInstance, dateValue, decimalValue } from "@duckdb/node-api";
import { generateCensus } from "../census/generate.js";
import type { Assumptions } from "../config/assumptions.js";
import { yearParameters, yearSources } from "../config/year-parameters.js";
import { assumptionsOf, simulationInput } from "../input.js";
import { loadModels, type Model } from "../models/load.js";
import { renderModel, tablesIn } from "../models/template.js";
import { inlineSource } from "./inline-source.js";

export const YEAR = 2025;
const EVENTS = ["ev_term", "ev_hire", "ev_nh_term", "ev_promo"];

export interface SampleWish {
  readonly employees: number;
  readonly seed: number;
  readonly censusSeed?: number | undefined;
  readonly isStochastic?: boolean | undefined;
  readonly assumptions?: Readonly<Record<string, unknown>> | undefined;
}

/** People of one level, age band and tenure band, and what became of them. */
export interface Cell {
  readonly level: number;
  readonly age: number;
  readonly tenure: number;
  readonly people: number;
  readonly leavers: number;
  readonly promotions: number;
}

export interface LevelHires {
  readonly level: number;
  readonly hires: number;
  readonly leavers: number;
}

export interface Sample {
  readonly assumptions: Assumptions;
  readonly start: number;
  readonly cells: readonly Cell[];
  readonly levels: readonly LevelHires[];
}

/** `planted` replaces models of the workload, by name. */
export async function openSampler(planted: Readonly<Record<string, string>> = {}) {
  const { models } = await loadModels(null);
  const order = inOrder(
    models.map((model) => ({ ...model, text: planted[model.name] ?? model.firstText ?? model.text })),
  );
  const instance = await DuckDBInstance.create(":memory:", { threads: "1" });
  const connection = await instance.connect();
  const rows = async (sql: string) => (await connection.runAndReadAll(sql)).getRowObjectsJson();
  return {
    async sample(wish: SampleWish): Promise<Sample> {
      const { employees, seed } = wish;
      const input = simulationInput.parse({ years: [YEAR], employees, seed, ...wish.assumptions });
      const assumptions = assumptionsOf(input);
      const scenario = { firstYear: YEAR, seed, isStochastic: wish.isStochastic ?? false, assumptions };
      await connection.run(
        "CREATE OR REPLACE TABLE census (employee_id VARCHAR, birth_date DATE, hire_date DATE, level_id INTEGER, " +
          "annual_comp DECIMAL(12,2), deferral_rate DECIMAL(7,6), is_active BOOLEAN)",
      );
      const appender = await connection.createAppender("census");
      const people = { employees, seed: wish.censusSeed ?? seed, firstYear: YEAR, levels: assumptions.levels };
      for (const person of generateCensus(people)) {
        appender.appendVarchar(person.employee_id);
        appender.appendDate(dateValue(person.birth_day));
        appender.appendDate(dateValue(person.hire_day));
        appender.appendInteger(person.level_id);
        appender.appendDecimal(decimalValue(BigInt(person.comp_cents), 12, 2));
        appender.appendDecimal(decimalValue(BigInt(person.deferral_units), 7, 6));
        appender.appendBoolean(person.is_active);
        appender.endRow();
      }
      appender.closeSync();
      const of = { year: YEAR, seed, parameters: yearParameters(scenario, YEAR) };
      const sources = yearSources(scenario, YEAR);
      for (const model of order) {
        const sql = renderModel(model, of, ({ kind, name }) =>
          kind === "src" && name !== "census" ? inlineSource(sources[name] as never, model.text) : name,
        );
        await connection.run(`CREATE OR REPLACE TABLE ${model.name} AS ${sql}`);
      }
      const cells = await rows(
        "SELECT w.level_id AS level, age_band AS age, tenure_band AS tenure, count(*)::INTEGER AS people, " +
          "count(t.employee_id)::INTEGER AS leavers, count(p.employee_id)::INTEGER AS promotions FROM start_wf w " +
          "LEFT JOIN ev_term t USING (employee_id) LEFT JOIN ev_promo p USING (employee_id) GROUP BY ALL",
      );
      const levels = await rows(
        "SELECT h.level_id AS level, count(*)::INTEGER AS hires, count(t.employee_id)::INTEGER AS leavers " +
          "FROM ev_hire h LEFT JOIN ev_nh_term t USING (employee_id) GROUP BY ALL",
      );
      const counted = cells as unknown as readonly Cell[];
      const start = counted.reduce((sum, cell) => sum + cell.people, 0);
      return { assumptions, start, cells: counted, levels: levels as unknown as readonly LevelHires[] };
    },
    close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}

function inOrder(models: readonly Model[]): Model[] {
  const ordered: Model[] = [];
  const visit = (name: string) => {
    const model = models.find((one) => one.name === name);
    if (model === undefined || ordered.some((one) => one.name === name)) return;
    for (const table of tablesIn(model.text)) if (table.kind === "ref") visit(table.name);
    ordered.push(model);
  };
  for (const name of EVENTS) visit(name);
  return ordered;
}

/**
 * Returns a cell's probabilities of leaving and of promotion, from the assumptions: multipliers scaled to the requested
 * shares.
 */
export function hazardsOf({ assumptions, cells, start }: Sample): Map<Cell, { term: number; promo: number }> {
  const { levels, ageBands, tenureBands, termination, promotion } = assumptions;
  const weights = cells.map((cell) => {
    const rank = levels.findIndex(({ id }) => id === cell.level);
    const [age, tenure] = [ageBands[cell.age - 1], tenureBands[cell.tenure - 1]];
    if (age === undefined || tenure === undefined) throw new Error(`no band for ${JSON.stringify(cell)}`);
    const step = Math.max(termination.levelFloor, 1 - termination.levelStep * rank);
    const isTop = rank === levels.length - 1;
    return {
      cell,
      term: age.termination * tenure.termination * step,
      promo: isTop ? 0 : age.promotion * tenure.promotion * Math.max(0, 1 - promotion.levelStep * rank),
    };
  });
  const total = (of: "term" | "promo") => weights.reduce((sum, one) => sum + one[of] * one.cell.people, 0);
  const [termFactor, promoFactor] = [
    (termination.base * start) / total("term"),
    (promotion.base * start) / total("promo"),
  ];
  return new Map(
    weights.map(({ cell, term, promo }) => {
      const leaving = term * termFactor;
      // Promotions are on 1 February, so people who left in January get none.
      return [cell, { term: leaving, promo: promo * promoFactor * (1 - (leaving * 31) / 365) }];
    }),
  );
}
