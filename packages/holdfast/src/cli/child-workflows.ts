/**
 * Loads a project's workflows in the child processes of `worker` and `serve`; `isolate` names this module. A
 * child reads the same configuration file as its parent.
 */
import module from "node:module";
import type { Workflow } from "@holdfast/engine";
import { loadConfig } from "../config-file.js";
import { WorkflowLoader } from "../workflow-loading.js";
import { keepHeapSmall } from "./heap.js";

/** JSON: it is sent to the child. */
export interface ChildWorkflows {
  readonly cwd: string;
  /** Null where there is none. */
  readonly configFile: string | null;
  /** Only these; null: all. */
  readonly names: readonly string[] | null;
}

export default async function loadWorkflows(options: unknown): Promise<readonly Workflow[]> {
  const { cwd, configFile, names } = options as ChildWorkflows;
  keepHeapSmall();
  (module as { enableCompileCache?: () => unknown }).enableCompileCache?.(); // Node 22 and later
  if (configFile === null) return [];
  const { config } = await loadConfig(cwd, configFile);
  const loader = new WorkflowLoader(config.workflows, configFile);
  return names === null ? loader.all() : loader.some(names);
}
