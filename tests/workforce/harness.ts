/** The command with this repository's own configuration, which registers the workforce simulation. */
import { fileURLToPath } from "node:url";
import type { RunView } from "holdfast";
import { makeProject, type Project } from "../cli/harness.js";

const CONFIG = fileURLToPath(new URL("../../holdfast.config.ts", import.meta.url));
const ENVIRONMENT = { HOLDFAST_CONFIG: CONFIG };

export interface Output {
  readonly database: string;
  readonly isBalanced: boolean;
  readonly headcount: readonly { year: number; start: number; end: number }[];
  readonly metrics: Readonly<Record<string, Readonly<Record<string, string>>>>;
  readonly performance: { readonly cache: { hits: number; misses: number } };
  readonly [hash: `${string}Hash`]: string;
}

export interface Simulations extends Project {
  /** `start workforce-simulation` with `--json`; resolves with the run as it ended. */
  readonly simulate: (...args: readonly string[]) => Promise<RunView>;
}

export async function makeSimulations(): Promise<Simulations> {
  const project = await makeProject();
  const spawn: Project["spawn"] = (args, options = {}) =>
    project.spawn(args, { ...options, env: { ...ENVIRONMENT, ...options.env } });
  const run: Project["run"] = (args, options = {}) =>
    project.run(args, { ...options, env: { ...ENVIRONMENT, ...options.env } });
  const json = async <T>(args: readonly string[], code = 0): Promise<T> => {
    const ended = await run([...args, "--json"]);
    if (ended.code !== code) throw new Error(`${args.join(" ")}: exit ${ended.code}\n${ended.stdout}\n${ended.stderr}`);
    return JSON.parse(ended.stdout) as T;
  };
  return { ...project, spawn, run, json, simulate: (...args) => json(["start", "workforce-simulation", ...args]) };
}

export const outputOf = (run: RunView): Output => run.output as unknown as Output;

/** The hash of every result table. */
export const hashesOf = (run: RunView): Record<string, string> =>
  Object.fromEntries(Object.entries(run.output as object).filter(([name]) => name.endsWith("Hash")));
