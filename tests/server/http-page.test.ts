/**
 * docs/http.md: its commands run with curl against a real server, and each answer is compared with the one that the
 * page shows.
 */
import { spawn } from "node:child_process";
import { readFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { PERMISSIONS } from "../../apps/server/src/auth/permissions.js";
import { type Serving, serve } from "./serving.js";

interface Expected {
  readonly kind: string;
  readonly status: number;
  readonly text: string;
}

/** A block of commands with the answers that the page shows for them, in order. */
interface Session {
  readonly script: string;
  readonly expected: readonly Expected[];
}

let page: string;
let serving: Serving;
beforeAll(async () => {
  page = await readFile(new URL("../../docs/http.md", import.meta.url), "utf8");
  serving = await serve(["--no-worker"]);
});
afterAll(async () => {
  serving.running.child.kill("SIGTERM");
  expect((await serving.running.ended).code).toBe(0);
});

function sessionsOf(text: string): readonly Session[] {
  const sessions: { script: string; expected: Expected[] }[] = [];
  for (const [, kind = "", status, body = ""] of text.matchAll(/^```(\w+)(?: (\d+))?\n([\s\S]*?)^```$/gm)) {
    if (kind === "sh") sessions.push({ script: body, expected: [] });
    else if (status !== undefined) sessions.at(-1)?.expected.push({ kind, status: Number(status), text: body });
  }
  return sessions;
}

/** Runs in one shell, since later commands use variables of earlier ones. Returns each command's output with its status. */
function run(script: string): Promise<readonly { status: number; body: string }[]> {
  // Only output that the reader sees ends with a mark; output of a command inside $( ) does not.
  const prelude = `curl() {
    if [ "$BASH_SUBSHELL" = 0 ]; then command curl -sS -w $'\\n%{http_code}\\x1f' "$@"; else command curl -sS "$@"; fi
  }
`;
  return new Promise((resolve, reject) => {
    const shell = spawn("bash", ["-euo", "pipefail", "-c", prelude + script], {
      env: { ...process.env, URL: serving.url, TOKEN: serving.token },
      // The page writes a file to upload.
      cwd: serving.project.folder,
    });
    let stdout = "";
    let stderr = "";
    shell.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
    });
    shell.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
    });
    shell.on("error", reject);
    shell.on("close", (code) => {
      if (code !== 0) return reject(new Error(`bash ended with ${code}: ${stderr}`));
      const parts = stdout.split("\u001f").slice(0, -1);
      resolve(
        parts.map((part) => ({
          status: Number(part.slice(part.lastIndexOf("\n"))),
          body: part.slice(0, part.lastIndexOf("\n")),
        })),
      );
    });
  });
}

describe("the page", () => {
  test("shows commands whose answers are as stated", async () => {
    const sessions = sessionsOf(page);
    const answers = await run(sessions.map(({ script }) => script).join("\n"));
    const expected = sessions.flatMap(({ expected }) => expected);
    expect(expected.length).toBeGreaterThan(25);
    expect(answers.map(({ status }) => status)).toEqual(expected.map(({ status }) => status));
    for (const [i, { kind, text }] of expected.entries()) {
      const body = answers[i]?.body ?? "";
      if (kind === "json") expect(JSON.parse(body), text).toMatchObject(subset(JSON.parse(text)) as object);
      for (const line of kind === "text" ? text.split("\n") : []) expect(body).toContain(line.replace("…", ""));
    }
  });

  test("covers what the requirements name: create, read, pause, resume, fail, restart, delete, health, management", () => {
    const script = sessionsOf(page)
      .map((session) => session.script)
      .join("\n");
    for (const word of ["pause", "resume", "fail", "cancel", "restart", "recover", "cleanup"])
      expect(script).toContain(`"${word}"`);
    for (const part of ["-X DELETE", "/health", "/api/management", "If-Match", "Idempotency-Key"])
      expect(script).toContain(part);
  });

  test("lists every address with its methods", () => {
    const rows = [...page.matchAll(/^\| `(\/\S*)` \| ([A-Z, ]+) \|/gm)];
    const told = rows.flatMap(([, path, methods = ""]) => methods.split(", ").map((method) => `${method} ${path}`));
    expect(told.sort()).toEqual(Object.keys(PERMISSIONS).sort());
  });

  test("lists every metric with its labels", async () => {
    const text = await (await serving.ask("GET", "/metrics")).text();
    const names = new Set([...text.matchAll(/^# TYPE (holdfast_\w+)/gm)].map(([, name]) => name));
    const told = [...page.matchAll(/^\| `(holdfast_\w+)` \|/gm)].map(([, name]) => name);
    expect(told.sort()).toEqual([...names].sort());
  });
});

/**
 * The answer on the page as a pattern: other fields may be present, "…" matches anything, a list has at least the
 * elements shown.
 */
function subset(shown: unknown): unknown {
  if (shown === "…") return expect.anything();
  if (Array.isArray(shown)) return shown.length === 0 ? [] : expect.arrayContaining(shown.map(part));
  if (typeof shown !== "object" || shown === null) return shown;
  return Object.fromEntries(Object.entries(shown).map(([key, value]) => [key, subset(value)]));
}

const part = (shown: unknown) =>
  typeof shown === "object" && shown !== null ? expect.objectContaining(subset(shown) as object) : shown;
