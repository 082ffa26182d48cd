/** A server of the jobs, workers beside it, and users who upload files and start jobs over HTTP; all of them real processes. */
import { createHmac } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { waitFor } from "../chaos/harness/wait-for.js";
import { keepCompiled, makeProject, type Project, type Running } from "../cli/harness.js";

const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
keepCompiled(CONFIG);
const SECRET = "thirty-two bytes for these tests alone";
/** Longer than any wait of these tests on a busy machine. */
export const WAIT_MS = 60_000;

// biome-ignore lint/suspicious/noExplicitAny: answers are looked into, as a client in JavaScript does
export type Answer = any;

export interface User {
  readonly name: string;
  readonly url: string;
  readonly token: string;
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Answer>;
  /** Uploads a file; resolves with the reference that an input uses for it. */
  readonly send: (name: string, content: string | Buffer) => Promise<string>;
  /** Starts a job; resolves with its id. */
  readonly start: (workflow: string, input: object) => Promise<string>;
  readonly until: (runId: string, status: string) => Promise<Answer>;
}

export interface ServedJobs {
  readonly project: Project;
  readonly url: string;
  readonly server: Running;
  readonly worker: (concurrency?: number) => Running;
  readonly user: (name: string, role?: string) => User;
  readonly journal: (name: string) => string;
  /** Lines of a journal, as `<stage> <edge>`. */
  readonly executed: (name: string) => Promise<string[]>;
}

export async function serveJobs(args: readonly string[] = ["--no-worker", "--supervise"]): Promise<ServedJobs> {
  const project = await makeProject();
  await mkdir(project.path("journals"));
  const env = { HOLDFAST_CONFIG: CONFIG };
  const server = project.spawn(["serve", "--port=0", "--log-level=warn", "--json", ...args], { env });
  const { url } = JSON.parse(await server.said(/\{[\s\S]*\}/)) as { url: string };
  const journal = (name: string) => project.path(`journals/${name}`);
  return {
    project,
    url,
    server,
    journal,
    worker: (concurrency = 4) => project.spawn(["worker", `--concurrency=${concurrency}`], { env, isDetached: true }),
    user: (name, role = "operator") => asUser(url, name, role),
    executed: async (name) => {
      const text = await readFile(journal(name), "utf8").catch(() => "");
      const lines = text.split("\n").filter((line) => line.endsWith("}"));
      return lines
        .map((line) => JSON.parse(line) as { stage: string; edge: string })
        .map(({ stage, edge }) => `${stage} ${edge}`);
    },
  };
}

function asUser(url: string, name: string, role: string): User {
  const token = tokenOf(name, role);
  const headers = { authorization: `Bearer ${token}` };
  const ask = async (method: string, path: string, body?: unknown) => {
    const json = body === undefined ? {} : { body: JSON.stringify(body) };
    const type = body === undefined ? {} : { "content-type": "application/json" };
    const answer = await fetch(`${url}${path}`, { method, headers: { ...headers, ...type }, ...json });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`);
    return text === "" ? null : JSON.parse(text);
  };
  return {
    name,
    url,
    token,
    ask,
    send: async (file, content) => {
      const answer = await fetch(`${url}/api/uploads`, {
        method: "POST",
        headers: { ...headers, "content-type": "application/octet-stream", "x-filename": encodeURIComponent(file) },
        body: typeof content === "string" ? content : new Uint8Array(content),
      });
      if (!answer.ok) throw new Error(`upload of ${file}: ${answer.status} ${await answer.text()}`);
      return `upload:${((await answer.json()) as { id: string }).id}`;
    },
    start: async (workflow, input) => (await ask("POST", "/api/runs", { workflow, input })).id as string,
    until: (runId, status) =>
      waitFor(
        async () => {
          const run = await ask("GET", `/api/runs/${runId}`);
          if (run.status === status) return run;
          if (["failed", "cancelled", "completed"].includes(run.status)) {
            throw new Error(`run ${runId} is ${run.status}, not ${status}: ${JSON.stringify(run.error ?? run.reason)}`);
          }
          return null;
        },
        { withinMs: WAIT_MS, what: `run ${runId} to be ${status}` },
      ),
  };
}

export function tokenOf(user: string, role = "operator"): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const now = Math.floor(Date.now() / 1_000);
  const body = `${part({ alg: "HS256", typ: "JWT" })}.${part({ iss: "tests", aud: "holdfast", sub: user, role, iat: now, exp: now + 3_600 })}`;
  return `${body}.${createHmac("sha256", SECRET).update(body).digest("base64url")}`;
}

/** Kills the process and all that it started, as a loss of power would. */
export async function killGroup({ child, ended }: Running): Promise<void> {
  if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
  await ended;
}
