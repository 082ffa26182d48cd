/**
 * Workflows as a configuration gives them: a list, a function that loads a list, or by name a function each. By name is
 * the quickest: a command loads the one it needs, and commands that only look load none.
 */
import { ConfigInvalidError, UnknownWorkflowError } from "@holdfast/core";
import type { Workflow } from "@holdfast/engine";

/** Loads one workflow: an import that is made when it is needed. */
export type LoadWorkflow = () => Workflow | Promise<Workflow>;

/** Workflows of a project: a list, a function that loads one, or a function for each by name. */
export type Workflows =
  | readonly Workflow[]
  | (() => readonly Workflow[] | Promise<readonly Workflow[]>)
  | Readonly<Record<string, LoadWorkflow>>;

/** Whether looking at the store can go without loading any. */
export function isLazy(workflows: Workflows): boolean {
  return !Array.isArray(workflows);
}

/** What is wrong with `workflows` as far as it can be told without loading; null when nothing is. */
export function findWorkflowsProblem(workflows: unknown): string | null {
  if (typeof workflows === "function") return null;
  if (Array.isArray(workflows)) return findListProblem(workflows);
  if (typeof workflows !== "object" || workflows === null) {
    return `workflows: a list, or an object of functions by name, is expected, ${describe(workflows)} was given`;
  }
  const wrong = Object.entries(workflows).find(([, load]) => typeof load !== "function");
  if (wrong === undefined) return null;
  return `workflows: ${wrong[0]}: a function that returns the workflow is expected, ${describe(wrong[1])} was given`;
}

function findListProblem(workflows: readonly unknown[]): string | null {
  const seen = new Set<string>();
  for (const [index, workflow] of workflows.entries()) {
    if (!isWorkflow(workflow)) {
      return `workflows[${index}]: the return value of defineWorkflow() is expected, ${describe(workflow)} was given`;
    }
    if (seen.has(workflow.name)) return `workflows: "${workflow.name}" appears twice`;
    seen.add(workflow.name);
  }
  return null;
}

function isWorkflow(value: unknown): value is Workflow {
  if (typeof value !== "object" || value === null) return false;
  const { name, definition } = value as { name?: unknown; definition?: unknown };
  return typeof name === "string" && typeof definition === "object" && definition !== null;
}

export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `${JSON.stringify(value) ?? typeof value}`;
}

/** The workflows of one configuration, each loaded once. */
export class WorkflowLoader {
  private readonly loaded = new Map<string, Promise<Workflow>>();
  private list: Promise<readonly Workflow[]> | null = null;

  /** `subject` names the configuration in messages. */
  constructor(
    private readonly workflows: Workflows,
    private readonly subject: string,
  ) {}

  /** Loads nothing where the configuration gives them by name. */
  async names(): Promise<readonly string[]> {
    const { workflows } = this;
    return isByName(workflows) ? Object.keys(workflows) : (await this.all()).map((workflow) => workflow.name);
  }

  /** @throws {ConfigInvalidError} CONFIG_INVALID — when what a function answers are no workflows. */
  async all(): Promise<readonly Workflow[]> {
    const { workflows } = this;
    if (isByName(workflows)) return this.some(Object.keys(workflows));
    this.list ??= this.loadList();
    return this.list;
  }

  /** @throws {UnknownWorkflowError} UNKNOWN_WORKFLOW @throws {ConfigInvalidError} CONFIG_INVALID */
  async one(name: string): Promise<Workflow> {
    const { workflows } = this;
    if (isByName(workflows)) {
      const load = Object.hasOwn(workflows, name) ? workflows[name] : undefined;
      if (load === undefined) throw new UnknownWorkflowError({ workflow: name, known: Object.keys(workflows) });
      const before = this.loaded.get(name) ?? this.loadOne(name, load);
      this.loaded.set(name, before);
      return before;
    }
    const known = await this.all();
    const found = known.find((workflow) => workflow.name === name);
    if (!found) throw new UnknownWorkflowError({ workflow: name, known: known.map((workflow) => workflow.name) });
    return found;
  }

  /**
   * One after the other: two workflows of one TypeScript file, loaded at the same time, would find the file's module
   * half made.
   */
  async some(names: readonly string[]): Promise<readonly Workflow[]> {
    const found: Workflow[] = [];
    for (const name of names) found.push(await this.one(name));
    return found;
  }

  private async loadList(): Promise<readonly Workflow[]> {
    const { workflows } = this;
    const list: unknown = typeof workflows === "function" ? await workflows() : workflows;
    const problem = Array.isArray(list)
      ? findListProblem(list)
      : `workflows: a list is expected, ${describe(list)} was returned`;
    if (problem !== null) throw new ConfigInvalidError({ subject: this.subject, problem });
    return list as readonly Workflow[];
  }

  private async loadOne(name: string, load: LoadWorkflow): Promise<Workflow> {
    const found: unknown = await load();
    if (!isWorkflow(found)) {
      const problem = `workflows.${name}: the return value of defineWorkflow() is expected, ${describe(found)} was returned`;
      throw new ConfigInvalidError({ subject: this.subject, problem });
    }
    if (found.name === name) return found;
    const problem = `workflows.${name}: the workflow loaded is called "${found.name}"; give both the same name`;
    throw new ConfigInvalidError({ subject: this.subject, problem });
  }
}

function isByName(workflows: Workflows): workflows is Readonly<Record<string, LoadWorkflow>> {
  return typeof workflows === "object" && !Array.isArray(workflows);
}
