/** ops/grafana and ops/prometheus: every metric and label that a query names is one that a running server gives out. */
import { readFileSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { openWorld, type World } from "../testing/world.fixture.js";

const file = (name: string) => readFileSync(new URL(`../../../../ops/${name}`, import.meta.url), "utf8");

/** Every `expr` and every query of a variable, however deep it stands. */
function queriesIn(value: unknown): string[] {
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) =>
    typeof inner === "string"
      ? (name === "expr" || name === "query") && inner.includes("(")
        ? [inner]
        : []
      : queriesIn(inner),
  );
}
const DASHBOARD = queriesIn(JSON.parse(file("grafana/dashboard.json")));
const ALERTS = [...file("prometheus/alerts.yml").matchAll(/^ +expr: (?:\|\n((?: {10,}.*\n)+)|(.*)\n)/gm)].map(
  ([, block, line]) => block ?? line ?? "",
);
/** Added by Prometheus itself. */
const ADDED = ["instance", "le"];

let world: World;
let scraped: string;
beforeAll(async () => {
  world = await openWorld();
  await world.json(201, "POST", "/api/runs", { as: "ann", body: { workflow: "brief", input: { topic: "tides" } } });
  await world.holdfast.work({ untilIdle: true });
  scraped = (await world.ask("GET", "/metrics")).body;
});

function checkQuery(query: string): void {
  const names = [...query.matchAll(/\b((?:holdfast|nodejs|process)_\w+)(?:\{([^}]*)\})?/g)];
  expect(names, query).not.toEqual([]);
  const labels = [...query.matchAll(/\bby \(([^)]*)\)/g)].flatMap(([, list = ""]) => list.split(/,\s*/));
  for (const [, name = "", filter = ""] of names) {
    const metric = scraped.includes(`# TYPE ${name} `) ? name : name.replace(/_(bucket|sum|count)$/, "");
    expect(scraped, query).toContain(`# TYPE ${metric} `);
    const known = world.context.metrics.registry.getSingleMetric(metric) as unknown as { labelNames: string[] };
    const used = [...filter.matchAll(/(\w+)\s*[=!]/g)].map(([, label = ""]) => label);
    const asked = [...used, ...labels].filter((label) => !ADDED.includes(label));
    expect(
      asked.filter((label) => !known.labelNames.includes(label)),
      query,
    ).toEqual([]);
  }
}

describe("queries of operators", () => {
  test("there are some of each, and a query for what nobody gives out is found", () => {
    expect(DASHBOARD.length).toBeGreaterThan(15);
    expect(ALERTS).toHaveLength(9);
    expect(() => checkQuery("sum(holdfast_steps_total)")).toThrow();
    expect(() => checkQuery("sum by (stage) (holdfast_runs_total)")).toThrow();
  });

  test.each(DASHBOARD.map((query) => [query]))("dashboard: %s", checkQuery);
  test.each(ALERTS.map((query) => [query]))("alert: %s", checkQuery);
});
