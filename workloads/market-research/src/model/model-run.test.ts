/** Complete runs with a language model. The model server with faults stands in for it, on loopback, in this process. */
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import type { ApiKey } from "@holdfast/models";
import { type AnswerFn, type FaultPlan, type ModelServer, startModelServer } from "@holdfast/testkit";
import { openHoldfast, type RunHandle } from "holdfast";
import { expect, onTestFinished, test } from "vitest";
import { EXAMPLE_SOURCES } from "../testing.js";
import { marketResearch } from "../workflow.js";

interface WrittenClaim {
  text: string;
  citations: string[];
}

/** Claims with the content of the passages, in the model's own words; no issue of high severity. */
function writeFaithfully(prompt: string): { claims: WrittenClaim[] } {
  const passages = [...prompt.matchAll(/^\[(S\d+)\] \(.*?, (?:line|page|row|paragraph) [^)]*\) (.{20,300})$/gm)];
  return {
    claims: passages.slice(0, 3).map(([, id = "", text = ""]) => ({ text: `As reported: ${text}`, citations: [id] })),
  };
}

const REVIEWED = { issues: [{ severity: "low", where: "Risks", message: "More than one view would help." }] };

const answerWell: AnswerFn = ({ prompt }) => (prompt.startsWith("<material-") ? REVIEWED : writeFaithfully(prompt));

async function open(options: { answer?: AnswerFn; faults?: FaultPlan; apiKey?: ApiKey; keyed?: boolean } = {}) {
  const dataDir = await mkdtemp(path.join(tmpdir(), "market-model-"));
  const server: ModelServer = await startModelServer({
    seed: 3,
    answer: options.answer ?? answerWell,
    faults: options.faults,
    ...(options.keyed === true ? { apiKey: "secret" } : {}),
  });
  const workflow = marketResearch({ apiKey: options.apiKey });
  const holdfast = await openHoldfast({ dataDir, workflows: [workflow] });
  onTestFinished(async () => {
    await holdfast.close();
    await server.close();
    await rm(dataDir, { recursive: true, force: true });
  });
  const input = {
    country: "Norway",
    industry: "energy services",
    sources: EXAMPLE_SOURCES,
    model: {
      provider: "openai-compatible" as const,
      name: "test-model",
      baseUrl: server.baseUrl,
      ...(options.keyed === true ? { apiKeyEnv: "TEST_MODEL_KEY" } : {}),
    },
  };
  const read = (handle: RunHandle, stage: string, file: string) =>
    readFile(path.join(dataDir, "runs", handle.id, "stages", stage, "attempt-1", file), "utf8");
  return { server, holdfast, workflow, input, read };
}

test("a good model gives a deck that passes the gates; the deck and the outputs name the model and its usage", async () => {
  const { server, holdfast, workflow, input, read } = await open();
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  const output = await handle.result();
  // Six sections and three reviews, with nothing to repair.
  expect(output).toMatchObject({ method: "model", model: { name: "test-model", calls: 9, costUsd: null } });
  expect(server.journal).toHaveLength(9);
  expect(await read(handle, "3", "synthesis.md")).toMatch(
    /Method: model `test-model`[\s\S]*## Risks\n\n- As reported: .*\[\^S\d+\]/,
  );
  expect(await read(handle, "3", "summary.md")).toContain("Method: model test-model (6 calls, ");
  expect(JSON.parse(await read(handle, "4", "content-check.json"))).toMatchObject({ passed: true, violations: [] });
  expect(JSON.parse(await read(handle, "8", "health-check.json"))).toMatchObject({ passed: true });
  const deck = await read(handle, "6a", "deck-data-readable.json");
  expect(deck).toContain("claims are written from them by test-model: 8 calls, ");
  expect(await read(handle, "8a", "final-review.md")).toContain("Risks: More than one view would help. (model)");
});

test("gate 4 names an uncited claim and an invented number; stage 4a has one repaired and drops the other", async () => {
  const answer: AnswerFn = (request) => {
    const { prompt } = request;
    if (prompt.startsWith("<material-")) return REVIEWED;
    const good = writeFaithfully(prompt);
    const first = good.claims[0];
    if (!prompt.includes("Section: Risks") || first === undefined) return good;
    if (prompt.includes("failed the check"))
      return { claims: [{ claim: 1, ...first, text: `Repaired: ${first.text}` }] };
    const uncited = { text: "Dry years are a risk to prices.", citations: [] };
    return { claims: [uncited, { ...first, text: "Losses will reach 987654 kroner." }, ...good.claims.slice(1)] };
  };
  const { holdfast, workflow, input, read } = await open({ answer });
  const { handle, done } = await holdfast.startHere(workflow, input, { through: "4a" });
  await done;
  const check = JSON.parse(await read(handle, "4", "content-check.json"));
  expect(check.violations.map((one: { rule: string }) => one.rule)).toEqual(["uncited", "invented-number"]);
  const improved = await read(handle, "4a", "synthesis-improved.md");
  expect(improved).toContain("- Repaired: As reported: ");
  expect(improved).not.toMatch(/987654|Dry years are a risk to prices/);
  expect(JSON.parse(await read(handle, "4a", "content-check.json"))).toMatchObject({ passed: true, score: 1 });
});

test("a report that lost all of its written claims fails gate 4a, although its country facts remain", async () => {
  const answer: AnswerFn = ({ prompt }) =>
    prompt.startsWith("<material-")
      ? REVIEWED
      : { claims: [{ claim: 1, text: "Everything will grow by 987654 percent.", citations: ["S1"] }] };
  const { holdfast, workflow, input, read } = await open({ answer });
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  const { status, error } = await handle.status();
  expect([status, error?.message]).toEqual(["failed", expect.stringContaining("no claim on the industry is left")]);
  expect(JSON.parse(await read(handle, "4a", "content-check.json"))).toMatchObject({ passed: false, score: 0 });
});

test("a model that writes no claim at all fails the same gate", async () => {
  const answer: AnswerFn = ({ prompt }) => (prompt.startsWith("<material-") ? REVIEWED : { claims: [] });
  const { holdfast, workflow, input } = await open({ answer });
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  const { status, error } = await handle.status();
  expect([status, error?.message]).toEqual(["failed", expect.stringContaining("no claim on the industry is left")]);
});

test("an answer that is not valid JSON is requested again, once, and counted", async () => {
  const { holdfast, workflow, input, read } = await open({ faults: { script: ["truncatedJson", "ok"] } });
  const { handle, done } = await holdfast.startHere(workflow, input, { through: "3" });
  await done;
  expect((await handle.status()).reason).toBe("through");
  expect(JSON.parse(await read(handle, "3", "output.json"))).toMatchObject({ method: "model", model: { calls: 12 } });
});

test("a rate limit in the middle of the synthesis pauses the run; the resume does not pay twice for any section", async () => {
  let server: ModelServer | null = null;
  const answer: AnswerFn = (request) => {
    if (request.prompt.includes("Section: Supply and players"))
      server?.setFaults({ rate429: 1, retryAfterSeconds: 3600 });
    return answerWell(request);
  };
  const opened = await open({ answer });
  server = opened.server;
  const { holdfast, workflow, input } = opened;
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  expect(await handle.status()).toMatchObject({ status: "paused", reason: "rate_limit" });
  server.setFaults({});
  await (await holdfast.resumeHere(handle.id)).done;
  // Six sections, three of them answered before the pause, and three reviews: each paid and counted once.
  expect(await handle.result()).toMatchObject({ model: { calls: 9 } });
  expect(server.journal.filter((line) => line.paid)).toHaveLength(9);
});

test("a missing key pauses the run before anything is sent; with the key the resume completes", async () => {
  let key: string | undefined;
  const { server, holdfast, workflow, input } = await open({ keyed: true, apiKey: () => key });
  const { handle, done } = await holdfast.startHere(workflow, input);
  await done;
  expect(await handle.status()).toMatchObject({ status: "paused", reason: "auth" });
  expect(server.journal).toHaveLength(0);
  key = "secret";
  await (await holdfast.resumeHere(handle.id)).done;
  expect(await handle.result()).toMatchObject({ method: "model" });
});
