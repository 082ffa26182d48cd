// The server alone: wire formats as clients see them, reproducible faults, the real rate limit, the journal on disk.
import { spawn } from "node:child_process";
import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { judgeNarrative } from "./answers.js";
import { checkFaultPlan, drawFault, type FaultPlan } from "./faults.js";
import { readJournal } from "./journal.js";
import { startModelServer } from "./model-server.js";

const BODY = { model: "m", messages: [{ role: "user", content: "<narrative>Her boyfriend stabbed her.</narrative>" }] };

function post(baseUrl: string, key: string, body: object = BODY, path = "/chat/completions"): Promise<Response> {
  const headers = { "content-type": "application/json", "x-idempotency-key": key };
  return fetch(`${baseUrl}${path}`, { method: "POST", headers, body: JSON.stringify(body) });
}

describe("the wire format", () => {
  test("a chat completion has the shape clients parse", async () => {
    await using server = await startModelServer({ seed: 1 });
    const response = await post(server.baseUrl, "a");
    expect(response.headers.get("x-request-id")).toMatch(/^req-/);
    const body = (await response.json()) as Record<string, unknown>;
    expect(body).toMatchObject({
      object: "chat.completion",
      model: "m",
      choices: [{ index: 0, finish_reason: "stop", message: { role: "assistant", refusal: null } }],
      usage: { prompt_tokens: server.journal[0]?.promptTokens, completion_tokens: server.journal[0]?.completionTokens },
    });
  });

  test("a stream ends with a usage chunk and [DONE], and its pieces form the same answer", async () => {
    await using server = await startModelServer({ seed: 1 });
    const plain = (await (await post(server.baseUrl, "a")).json()) as { choices: { message: { content: string } }[] };
    const stream = { ...BODY, stream: true, stream_options: { include_usage: true } };
    const text = await (await post(server.baseUrl, "b", stream)).text();
    const events = text
      .trim()
      .split("\n\n")
      .map((event) => event.replace(/^data: /, ""));
    expect(events.at(-1)).toBe("[DONE]");
    const chunks = events
      .slice(0, -1)
      .map((event) => JSON.parse(event) as { choices: { delta: { content?: string } }[]; usage?: object });
    expect(chunks.at(-1)).toMatchObject({
      choices: [],
      usage: { completion_tokens: server.journal[1]?.completionTokens },
    });
    expect(chunks.map((chunk) => chunk.choices[0]?.delta.content ?? "").join("")).toBe(
      plain.choices[0]?.message.content,
    );
  });

  test("models are listed, other paths are 404, and an invalid body is 400 and not journaled", async () => {
    await using server = await startModelServer({ seed: 1 });
    expect(await (await fetch(`${server.baseUrl}/models`)).json()).toMatchObject({ object: "list" });
    expect((await fetch(`${server.baseUrl}/nothing`)).status).toBe(404);
    expect((await post(server.baseUrl, "a", { model: 3 })).status).toBe(400);
    expect(server.journal).toEqual([]);
  });

  test("an Anthropic message goes through the required tool", async () => {
    await using server = await startModelServer({ seed: 1 });
    const schema = { type: "object", properties: { ipv_detected: { type: "boolean" } }, required: ["ipv_detected"] };
    const body = {
      ...BODY,
      max_tokens: 99,
      tools: [{ name: "json", input_schema: schema }],
      tool_choice: { type: "tool", name: "json" },
    };
    const answer = await (await post(server.baseUrl, "a", body, "/messages")).json();
    expect(answer).toMatchObject({
      type: "message",
      stop_reason: "tool_use",
      content: [{ type: "tool_use", name: "json", input: { ipv_detected: true } }],
    });
  });

  test("a request without the server's key gets 401 and is not charged", async () => {
    await using server = await startModelServer({ seed: 1, apiKey: "right" });
    expect((await post(server.baseUrl, "a")).status).toBe(401);
    expect(server.journal).toMatchObject([{ paid: false, status: 401, fault: "auth401" }]);
  });
});

describe("the default answer", () => {
  test("finds violence by a partner, but not if it is negated, elsewhere or by others", () => {
    const judged = (text: string) => judgeNarrative(text).ipv_detected;
    expect(judged("The victim's ex-husband shot her. He fled.")).toBe(true);
    expect(judged("The victim was not assaulted by her husband; she fell.")).toBe(false);
    expect(judged("A stranger stabbed him. His wife called the police.")).toBe(false);
  });

  test("matches any requested schema", async () => {
    await using server = await startModelServer({ seed: 1 });
    const schema = {
      type: "object",
      properties: {
        label: { enum: ["a", "b", "c"] },
        score: { type: "integer", minimum: 1, maximum: 5 },
        tags: { type: "array", items: { type: "string" }, minItems: 2 },
        nested: { type: "object", properties: { flag: { type: "boolean" }, none: { type: "null" } } },
      },
    };
    const body = { ...BODY, response_format: { type: "json_schema", json_schema: { name: "x", schema } } };
    const answer = (await (await post(server.baseUrl, "a", body)).json()) as {
      choices: { message: { content: string } }[];
    };
    const value = JSON.parse(answer.choices[0]?.message.content ?? "") as Record<string, unknown>;
    expect(["a", "b", "c"]).toContain(value.label);
    expect([1, 2, 3, 4, 5]).toContain(value.score);
    expect(value.tags).toHaveLength(2);
    expect(value.nested).toEqual({ flag: expect.any(Boolean), none: null });
  });
});

describe("faults", () => {
  const plan: FaultPlan = { rate429: 0.2, error5xx: 0.1, truncatedJson: 0.2, missingUsage: 0.1 };

  test("are the same whatever the order of requests", async () => {
    const keys = Array.from({ length: 40 }, (_, at) => `item-${at}`);
    const seen = async (order: readonly string[]) => {
      await using server = await startModelServer({ seed: 5, faults: plan });
      for (const key of order) await (await post(server.baseUrl, key)).text();
      return Object.fromEntries(server.journal.map((line) => [line.key, line.fault]));
    };
    const forward = await seen(keys);
    expect(await seen([...keys].reverse())).toEqual(forward);
    expect(new Set(Object.values(forward))).toEqual(
      new Set([null, "rate429", "error5xx", "truncatedJson", "missingUsage"]),
    );
  });

  test("occur as often as their probability says", () => {
    const counts = new Map<string, number>();
    for (let at = 0; at < 4_000; at++) {
      const fault = drawFault(plan, 9, `k${at}`, 1) ?? "none";
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
    }
    // Five standard deviations of a binomial with 4,000 trials: 0.032 at most.
    for (const [name, expected] of [...Object.entries(plan), ["none", 0.4] as const]) {
      expect(Math.abs((counts.get(name) ?? 0) / 4_000 - Number(expected))).toBeLessThan(0.04);
    }
  });

  test("follow a script by key, then probability", () => {
    const scripted: FaultPlan = { auth401: 1, script: { a: ["ok", "reset"], "*": ["hang"] } };
    expect([1, 2, 3].map((n) => drawFault(scripted, 1, "a", n))).toEqual([null, "reset", "auth401"]);
    expect(drawFault(scripted, 1, "other", 1)).toBe("hang");
  });

  test("of an invalid plan are refused, by name", () => {
    expect(() => checkFaultPlan({ rate429: 0.7, reset: 0.7 })).toThrow(/add up to 1\.4/);
    expect(() => checkFaultPlan({ teapot: 1 } as FaultPlan)).toThrow(/"teapot" is no fault/);
    expect(() => checkFaultPlan({ script: ["tea" as "ok"] })).toThrow(/"tea" is no fault/);
    expect(() => checkFaultPlan({ hang: -1 })).toThrow(/hang/);
  });
});

test("the real rate limit refuses requests above it, with the headers that providers send", async () => {
  await using server = await startModelServer({ seed: 1, rateLimit: { rpm: 60, burst: 2 } });
  const responses = [await post(server.baseUrl, "a"), await post(server.baseUrl, "b"), await post(server.baseUrl, "c")];
  expect(responses.map((response) => response.status)).toEqual([200, 200, 429]);
  expect(responses[0]?.headers.get("x-ratelimit-limit-requests")).toBe("60");
  expect(responses[0]?.headers.get("x-ratelimit-remaining-requests")).toBe("1");
  const waitMs = Number(responses[2]?.headers.get("retry-after-ms"));
  expect(waitMs).toBeGreaterThan(0);
  expect(waitMs).toBeLessThanOrEqual(1_000);
  expect(responses[2]?.headers.get("retry-after")).toBe("1");
});

describe("the journal on disk", () => {
  let dir: string;
  beforeEach(() => {
    dir = mkdtempSync(join(tmpdir(), "model-server-"));
  });
  afterEach(() => rmSync(dir, { recursive: true, force: true }));

  test("is continued by the next server: numbers continue, and so do faults", async () => {
    const journalFile = join(dir, "journal.jsonl");
    const faults: FaultPlan = { script: ["ok", "rate429"] };
    for (let start = 0; start < 2; start++) {
      await using server = await startModelServer({ seed: 1, faults, journalFile });
      await (await post(server.baseUrl, "a")).text();
    }
    appendFileSync(journalFile, '{"seq":3,"torn');
    expect(readJournal(journalFile)).toMatchObject([
      { seq: 1, key: "a", n: 1, paid: true },
      { seq: 2, key: "a", n: 2, paid: false, fault: "rate429" },
    ]);
  });

  test("has the charge of a client that was gone before the answer, from a separate process killed by SIGKILL", async () => {
    const journalFile = join(dir, "journal.jsonl");
    const faultsFile = join(dir, "faults.json");
    writeFileSync(faultsFile, JSON.stringify({ script: { gone: ["hang"] } }));
    const main = fileURLToPath(new URL("../../dist/model-server/main.js", import.meta.url));
    const child = spawn(process.execPath, [
      main,
      "--seed",
      "3",
      "--journal",
      journalFile,
      "--faults",
      faultsFile,
      "--stop-with-parent",
    ]);
    try {
      const line = await new Promise<string>((resolve, reject) => {
        child.stdout.once("data", (data: Buffer) => resolve(data.toString()));
        child.once("error", reject).once("exit", (code) => reject(new Error(`exited with ${code}`)));
      });
      const { baseUrl } = JSON.parse(line) as { baseUrl: string };
      await (await post(baseUrl, "kept")).text();
      const hanging = post(baseUrl, "gone").catch((error: unknown) => error);
      // It is decided once its line exists; each other request gives the server a turn.
      while (!readJournal(journalFile).some((written) => written.key === "gone"))
        await (await post(baseUrl, "other")).text();
      child.kill("SIGKILL");
      expect(await hanging).toBeInstanceOf(Error);
    } finally {
      child.kill("SIGKILL");
    }
    const paid = readJournal(journalFile).filter((line) => line.paid);
    expect(paid.map((line) => line.key)).toEqual(expect.arrayContaining(["kept", "gone"]));
  });

  test("is not opened by a process with invalid flags, which reports them and exits with 2", async () => {
    const main = fileURLToPath(new URL("../../dist/model-server/main.js", import.meta.url));
    const child = spawn(process.execPath, [main, "--rpm", "many"]);
    let said = "";
    child.stderr.on("data", (data: Buffer) => {
      said += data.toString();
    });
    const code = await new Promise((resolve) => child.once("close", resolve));
    expect(code).toBe(2);
    expect(said).toMatch(/--rpm: "many" is not a whole number/);
  });
});
