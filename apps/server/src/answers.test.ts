/** Every answer against the schema that the document gives for it, and the document against what OpenAPI 3.1 asks. */
import { defineWorkflow, type Workflow } from "@holdfast/engine";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { fill, ingestPeople, type Json, openWorld, type World } from "./testing/world.fixture.js";

let world: World;
let document: Json;
const RUN = "answered";
const SCHEDULE = { workflow: "brief", everyMs: 86_400_000, input: { topic: "x" } };

const asking = defineWorkflow({
  name: "asking",
  input: z.object({}),
  run: ({ ask }) => ask("people", { title: "How many?", schema: z.object({ people: z.number() }) }),
});

beforeAll(async () => {
  world = await openWorld({ workflows: [asking as Workflow] });
  await ingestPeople(world);
  await world.json(201, "POST", "/api/runs", { body: { workflow: "brief", input: { topic: "x" }, runId: RUN } });
  await world.json(201, "POST", "/api/runs", { body: { workflow: "brief", input: { topic: "x" }, runId: "beside" } });
  await world.json(201, "POST", "/api/runs", { body: { workflow: "asking", input: {}, runId: "asked" } });
  await world.holdfast.work({ untilIdle: true });
  await world.json(201, "POST", "/api/qualify", { body: { input: { lead: "acme" }, runId: "lead" } });
  await world.json(200, "PUT", "/api/schedules/people", { body: SCHEDULE });
  document = await world.json(200, "GET", "/api/openapi.json");
});

/** A small reader of JSON Schema: what the document uses of it. Answers the places that do not fit. */
function misfits(schema: Json, value: Json, at = ""): string[] {
  if (schema.$ref !== undefined) {
    const target = schema.$ref
      .split("/")
      .slice(1)
      .reduce((node: Json, part: string) => node?.[part], document);
    return target === undefined ? [`${at}: ${schema.$ref} leads nowhere`] : misfits(target, value, at);
  }
  const union = schema.anyOf ?? schema.oneOf;
  if (union !== undefined) {
    const all = union.map((one: Json) => misfits(one, value, at));
    return all.some((found: string[]) => found.length === 0) ? [] : all.flat();
  }
  if (schema.enum !== undefined)
    return schema.enum.includes(value) ? [] : [`${at}: ${value} is none of ${schema.enum}`];
  const type = value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
  const types = schema.type === undefined ? [] : [schema.type].flat();
  const fits =
    types.length === 0 ||
    types.includes(type) ||
    (type === "number" && types.includes("integer") && Number.isInteger(value));
  if (!fits) return [`${at}: ${type} where ${types} is expected`];
  if (type === "object") {
    const missing = (schema.required ?? [])
      .filter((name: string) => !(name in value))
      .map((name: string) => `${at}/${name}: missing`);
    const own = Object.entries(schema.properties ?? {}).flatMap(([name, inner]) =>
      name in value ? misfits(inner, value[name], `${at}/${name}`) : [],
    );
    return [...missing, ...own];
  }
  if (type !== "array" || typeof schema.items !== "object") return [];
  return value.flatMap((one: Json, i: number) => misfits(schema.items, one, `${at}/${i}`));
}

describe("the document", () => {
  test("is OpenAPI 3.1 with every route of the API, each with a summary and a tag", () => {
    expect(document.openapi).toBe("3.1.0");
    const documented = Object.entries(document.paths).flatMap(([path, methods]) =>
      Object.entries(methods as Json).map(([method, operation]) => ({
        key: `${method.toUpperCase()} ${path}`,
        operation: operation as Json,
      })),
    );
    const isPage = (key: string) => !/ \/(api|session|healthz|readyz|metrics)/.test(key);
    const routes = world.routes.keys.filter((key) => !isPage(key));
    const asDocumented = (key: string) => key.replace(/:(\w+)/g, "{$1}").replace("*", "{path}");
    expect(
      documented
        .map(({ key }) => key)
        .filter((key) => !key.startsWith("HEAD"))
        .sort(),
    ).toEqual(routes.map(asDocumented).sort());
    for (const { key, operation } of documented) {
      expect(operation.summary, key).toBeTruthy();
      expect(operation.tags, key).toHaveLength(1);
    }
  });

  test("says of a body what is required and which actions there are", () => {
    const schema = document.paths["/api/runs/{runId}"].put.requestBody.content["application/json"].schema;
    const actions = (schema.oneOf ?? schema.anyOf).map(
      (one: Json) => one.properties.action.const ?? one.properties.action.enum?.[0],
    );
    expect(actions).toEqual(["pause", "cancel", "fail", "resume", "restart", "fork", "resetRecoveries"]);
  });

  test("is readable as a page that needs no script and nothing from elsewhere", async () => {
    const answer = await world.ask("GET", "/api/docs");
    expect(answer.headers["content-type"]).toBe("text/html; charset=utf-8");
    for (const path of Object.keys(document.paths)) expect(answer.body).toContain(`<code>${path}</code>`);
    expect(answer.body).not.toMatch(/<script|https?:\/\/(?!127)/);
  });
});

test("every answer fits the schema that the document gives for it", async () => {
  let compared = 0;
  const { planId } = await world.json(200, "POST", "/api/bulk", { body: { action: "delete", runIds: ["none-yet"] } });
  const { jobId } = await world.json(202, "POST", "/api/bulk/jobs", { body: { planId } });
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(methods as Json)) {
      const schema = (operation as Json).responses?.["200"]?.content?.["application/json"]?.schema;
      if (schema === undefined || method === "head" || method === "delete") continue;
      const pattern = path.replace("{path}", "*").replace(/\{(\w+)\}/g, ":$1");
      const body = method === "get" ? undefined : bodyOf(path);
      const runId = runOf(path);
      const url = fill(pattern, runId).replace(/\/bulk\/jobs\/[^/]+$/, `/bulk/jobs/${jobId}`);
      const answer = await world.ask(method.toUpperCase(), url, {
        body,
        headers: { "x-filename": "a.json" },
      });
      expect(answer.statusCode, `${method} ${path}: ${answer.body}`).toBeLessThan(300);
      expect(misfits(schema, answer.json()), `${method} ${path}`).toEqual([]);
      compared++;
    }
  }
  expect(compared).toBeGreaterThan(20);
});

function runOf(path: string): string {
  if (path.startsWith("/api/qualify")) return "lead";
  if (path.startsWith("/api/compare")) return "beside";
  return path.includes("/asks/") ? "asked" : RUN;
}

function bodyOf(path: string): unknown {
  if (path === "/api/bulk") return { action: "pause", runIds: [RUN] };
  if (path.includes("/asks/")) return { value: { people: 3 } };
  if (path === "/api/schedules/{name}") return SCHEDULE;
  if (path === "/api/storage") return { action: "measure" };
  if (path === "/api/errors/{fingerprint}") return { state: "open" };
  if (path.endsWith("management")) return { action: "recover", checkOnly: true };
  if (path.endsWith("/plan")) return {};
  if (path.startsWith("/api/datasets")) return { action: "delete", checkOnly: true };
  if (path === "/session") return { token: world.keys.admin };
  if (path === "/api/runs") return { workflow: "brief", input: { topic: "new" } };
  if (path === "/api/qualify") return { input: { lead: "new" } };
  return path === "/api/runs/{runId}" ? { action: "restart" } : { action: "pause" };
}
