/** The OpenAPI document against the recommended rules of the two linters that its users run. */
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createConfig, lint } from "@redocly/openapi-core";
import spectral from "@stoplight/spectral-core";
import spectralRulesets from "@stoplight/spectral-rulesets";
import { beforeAll, describe, expect, test } from "vitest";
import { type Json, openWorld } from "./testing/world.fixture.js";

let document: Json;

beforeAll(async () => {
  const world = await openWorld();
  document = await world.json(200, "GET", "/api/openapi.json");
});

/** Places that Redocly's recommended rules find fault with, warnings too. */
async function askRedocly(given: Json): Promise<string[]> {
  const folder = await mkdtemp(join(tmpdir(), "holdfast-openapi-"));
  try {
    const ref = join(folder, "openapi.json");
    await writeFile(ref, JSON.stringify(given));
    const problems = await lint({ ref, config: await createConfig({ extends: ["recommended"] }) });
    return problems.map(({ ruleId, message, location }) => `${ruleId} at ${location[0]?.pointer}: ${message}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** Places that Spectral's rules for OpenAPI find fault with. */
async function askSpectral(given: Json): Promise<string[]> {
  const linter = new spectral.Spectral();
  // Its own types do not fit each other: the rules have no `extends`.
  linter.setRuleset({ extends: [[spectralRulesets.oas, "recommended"]] } as never);
  const problems = await linter.run(given);
  return problems.map(({ code, message, path }) => `${code} at /${path.join("/")}: ${message}`);
}

describe("the OpenAPI document", () => {
  test("passes Redocly's recommended rules", async () => {
    expect(await askRedocly(document)).toEqual([]);
  });

  test("passes Spectral's rules for OpenAPI", async () => {
    expect(await askSpectral(document)).toEqual([]);
  });

  test("is really read by both: a document without servers, with an unnamed operation and a tuple, fails", async () => {
    const spoiled = structuredClone(document);
    delete spoiled.servers;
    delete spoiled.paths["/api/runs"].get.operationId;
    spoiled.paths["/api/runs"].get.responses["200"].content["application/json"].schema.properties.rows = {
      type: "array",
      prefixItems: [{ type: "number" }],
    };
    const found = (await askRedocly(spoiled)).join("\n");
    expect(found).toContain("no-empty-servers");
    expect(found).toContain("operation-operationId");
    expect((await askSpectral(spoiled)).join("\n")).toMatch(/array-items/);
  });

  test("needs no credential where a route needs none", () => {
    const open = Object.entries<Json>(document.paths).flatMap(([path, methods]) =>
      Object.entries<Json>(methods)
        .filter(([method, operation]) => method !== "head" && operation.security?.length === 0)
        .map(([method]) => `${method.toUpperCase()} ${path}`),
    );
    expect(open.sort()).toEqual(["DELETE /session", "GET /healthz", "GET /readyz", "POST /session"]);
  });
});
