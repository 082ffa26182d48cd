/** `holdfast serve` as a real process, with its address and token. */
import { fileURLToPath } from "node:url";
import { keepCompiled, makeProject, type Project, type Running, type RunOptions } from "../cli/harness.js";

const CONFIG = fileURLToPath(new URL("./fixture/holdfast.config.ts", import.meta.url));
keepCompiled(CONFIG);

export interface Serving {
  readonly project: Project;
  readonly running: Running;
  readonly url: string;
  readonly token: string;
  readonly pid: number;
  readonly ask: (method: string, path: string, body?: unknown) => Promise<Response>;
}

export async function serve(
  args: readonly string[] = [],
  project: Project | null = null,
  options: RunOptions = {},
): Promise<Serving> {
  const place = project ?? (await makeProject());
  const env = { HOLDFAST_CONFIG: CONFIG, ...options.env };
  const running = place.spawn(["serve", "--port=0", "--log-level=warn", "--json", ...args], { ...options, env });
  const document = await running.said(/\{[\s\S]*\}/);
  const { url, openUrl, pid } = JSON.parse(document) as { url: string; openUrl: string; pid: number };
  const token = openUrl.split("#t=")[1] ?? "";
  const ask = (method: string, path: string, body?: unknown) =>
    fetch(`${url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
  return { project: place, running, url, token, pid, ask };
}
