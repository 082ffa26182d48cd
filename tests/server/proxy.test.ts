/**
 * A validating proxy between client and server: Prism reads the server's own OpenAPI document, and refuses with a 500 of
 * its own each request and each answer that does not fit. So what the document says is what the server does.
 */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { expect, onTestFinished, test } from "vitest";
import { serve } from "./serving.js";

const PRISM = fileURLToPath(new URL("../../node_modules/@stoplight/prism-cli/dist/index.js", import.meta.url));

/** A port that was free a moment ago: Prism takes no 0. */
async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Starts Prism over `document` in front of `upstream`, until the test ends. */
async function startProxy(document: string, upstream: string): Promise<string> {
  const port = await freePort();
  const child = spawn(process.execPath, [PRISM, "proxy", document, upstream, "--errors", "--port", String(port)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  onTestFinished(async () => {
    child.kill("SIGKILL");
    if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
  });
  for await (const line of createInterface({ input: child.stdout })) {
    if (/Prism is listening/.test(line)) break;
  }
  child.stdout.resume();
  return `http://127.0.0.1:${port}`;
}

test("every answer that comes through a validating proxy is true to the OpenAPI document", async () => {
  const { running, token, url, project, ask: askDirectly } = await serve();
  const document = join(project.folder, "openapi.json");
  await writeFile(document, await (await askDirectly("GET", "/api/openapi.json")).text());
  const proxy = await startProxy(document, url);
  const ask = async (status: number | readonly number[], method: string, path: string, body?: unknown) => {
    const answer = await fetch(`${proxy}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    expect([status].flat(), `${method} ${path}: ${text}`).toContain(answer.status);
    // What Prism itself refuses has its own problem type.
    expect(text).not.toContain("stoplight.io/prism");
    return text;
  };

  await ask(201, "POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "done" });
  await running.says(/run done completed/);
  await ask(201, "POST", "/api/runs", { workflow: "endless", input: {}, runId: "long" });
  await running.says(/run long \(endless\) claimed/);
  await ask(200, "GET", "/api/runs?resumable=true&limit=5");
  await ask(200, "GET", "/api/runs?resumable=false&status=completed,running");
  for (const run of ["done", "long"]) {
    await ask(200, "GET", `/api/runs/${run}`);
    for (const part of ["health", "stages", "events", "items", "artifacts", "checkpoint", "recovery"]) {
      await ask(200, "GET", `/api/runs/${run}/${part}`);
    }
  }
  await ask(202, "PUT", "/api/runs/long", { action: "pause", reason: "looked at through a proxy" });
  await running.says(/run long paused/);
  // A paused run has estimates: ranges of money and time, which are arrays of two.
  const options = await ask(200, "GET", "/api/runs/long/recovery");
  expect(options).toMatch(/"(?:estimatedUsd|costUsd)":/);
  await ask(200, "GET", "/api/runs/long/plan");
  await ask(200, "POST", "/api/runs/long/plan", { through: "wait" });
  await ask(200, "POST", "/api/runs/long/actions", { action: "cancel" });
  await ask(201, "POST", "/api/runs/done/actions", { action: "fork", from: "write", runId: "forked" });
  await running.says(/run forked completed/);
  await ask(200, "GET", "/api/management");
  await ask(200, "POST", "/api/management", { action: "recover", checkOnly: true });
  await ask(200, "POST", "/api/management", { action: "checkTimeouts", checkOnly: true });
  await ask(200, "POST", "/api/management", { action: "cleanup", olderThanDays: 0, checkOnly: true });
  for (const list of ["workflows", "datasets", "workers", "audit"]) await ask(200, "GET", `/api/${list}`);
  // The file itself is no JSON, which is all that Prism sends on.
  const sent = await fetch(`${url}/api/uploads?name=leads.csv`, {
    method: "POST",
    headers: { authorization: `Bearer ${token}`, "content-type": "text/csv" },
    body: "domain,employees\nacme.example,120\n",
  });
  const { id: upload } = (await sent.json()) as { id: string };
  await ask(200, "GET", "/api/uploads");
  const icp = { name: "Any", criteria: { size: { kind: "range", field: "employees", min: 1 } } };
  const input = { prospects: `upload:${upload}`, icp };
  await ask(201, "POST", "/api/qualify", { input, runId: "lead" });
  await running.says(/run lead completed/);
  for (const path of ["", "/lead", "/lead/health", "/management"]) await ask(200, "GET", `/api/qualify${path}`);
  await ask(204, "DELETE", "/api/qualify/lead");
  await ask(201, "POST", "/api/qualify", { input, runId: "again" });
  await running.says(/run again completed/);
  await ask(200, "PUT", "/api/qualify/again", { action: "restart" });
  await ask(204, "DELETE", "/api/runs/long");
  // Refused while the restarted run is not through, which is soon.
  await ask([204, 409], "DELETE", `/api/uploads/${upload}`);
  for (const path of ["/healthz", "/readyz", "/metrics", "/session", "/api/docs"]) await ask(200, "GET", path);
  await ask(200, "POST", "/session", { token });
  await ask(204, "DELETE", "/session");
  // Refusals are answers too.
  await ask(404, "GET", "/api/runs/nobody");
  await ask(409, "PUT", "/api/runs/done", { action: "resume" });
  await ask(409, "POST", "/api/runs", { workflow: "brief", input: { topic: "tides" }, runId: "done" });
  await ask(422, "POST", "/api/runs", { workflow: "brief", input: { topic: 7 } });

  running.child.kill("SIGTERM");
  await running.ended;
});
