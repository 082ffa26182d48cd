// The models of a year as a graph of their refs: a valid order, and the length of the path from each to the end.
// Cycles, unknown refs and unused models are found here, by name, before anything runs.
import { type Model, ModelError } from "../models/load.js";
import { tablesIn } from "../models/template.js";

export interface GraphNode {
  readonly name: string;
  readonly text: string;
  readonly grain: readonly string[];
  /** Models of this year that it reads. */
  readonly needs: readonly string[];
  /** Models of the previous year that it reads. */
  readonly before: readonly string[];
  /** The census and configured lists that it reads. */
  readonly sources: readonly string[];
}

/** Nodes in an order in which each follows its dependencies. */
export type Graph = readonly GraphNode[];

export interface GraphRules {
  /** Tables that `src` may name. */
  readonly sources: readonly string[];
  /** Models whose rows of the previous year may be read, because they are carried over. */
  readonly carried: readonly string[];
  /** Models read from outside: facts, carried models, invariants. */
  readonly roots: readonly string[];
}

/** Builds the graph. @throws {ModelError} naming the model and its problem. */
export function buildGraph(models: readonly Model[], isFirst: boolean, rules: GraphRules): Graph {
  const names = new Set(models.map(({ name }) => name));
  const missing = rules.roots.find((root) => !names.has(root));
  if (missing !== undefined) throw new ModelError(`${missing}.sql`, "it is needed and not there");
  const nodes = models.map((model) => toNode(model, isFirst));
  for (const node of nodes) checkRefs(node, names, isFirst, rules);
  return withoutUnused(inOrder(nodes), rules, isFirst);
}

function toNode({ name, text, firstText, grain }: Model, isFirst: boolean): GraphNode {
  const used = isFirst ? (firstText ?? text) : text;
  const tables = tablesIn(used);
  const of = (kind: string) => tables.filter((table) => table.kind === kind).map((table) => table.name);
  return { name, text: used, grain, needs: of("ref"), before: of("prev"), sources: of("src") };
}

function checkRefs(node: GraphNode, names: ReadonlySet<string>, isFirst: boolean, rules: GraphRules): void {
  const refuse = (problem: string): never => {
    throw new ModelError(`${node.name}.sql`, problem);
  };
  for (const name of node.needs) if (!names.has(name)) refuse(`ref('${name}'): there is no such model`);
  for (const name of node.before) {
    if (isFirst) refuse(`prev('${name}'): the first year has none before it; write ${node.name}.first.sql`);
    if (!rules.carried.includes(name)) refuse(`prev('${name}'): only ${rules.carried.join(" and ")} are carried over`);
  }
  for (const name of node.sources) {
    if (!rules.sources.includes(name)) refuse(`src('${name}'): there is only ${rules.sources.join(", ")}`);
  }
}

function inOrder(nodes: readonly GraphNode[]): GraphNode[] {
  const byName = new Map(nodes.map((node) => [node.name, node]));
  const ordered: GraphNode[] = [];
  const state = new Map<string, "under way" | "done">();
  const visit = (node: GraphNode, path: readonly string[]) => {
    if (state.get(node.name) === "done") return;
    const way = [...path, node.name];
    if (state.get(node.name) === "under way") {
      const cycle = way.slice(way.indexOf(node.name));
      throw new ModelError(`${node.name}.sql`, `it needs itself: ${cycle.join(" → ")}`);
    }
    state.set(node.name, "under way");
    for (const need of node.needs) visit(byName.get(need) as GraphNode, way);
    state.set(node.name, "done");
    ordered.push(node);
  };
  for (const node of nodes) visit(node, []);
  return ordered;
}

/**
 * A model that nothing reads is a mistake. One read only in the other kind of year (first or later) is left out of this
 * one.
 */
function withoutUnused(ordered: readonly GraphNode[], { roots }: GraphRules, isFirst: boolean): Graph {
  const used = new Set(roots);
  for (const node of [...ordered].reverse()) if (used.has(node.name)) for (const need of node.needs) used.add(need);
  const unused = ordered.find((node) => !used.has(node.name));
  if (unused !== undefined && !isFirst)
    throw new ModelError(`${unused.name}.sql`, "nothing reads it; remove it, or use it");
  return ordered.filter((node) => used.has(node.name));
}

/**
 * Returns the longest path from each node to the end, including the node, in the unit of `costOf` (milliseconds of an
 * earlier year; before that, steps). The ready node with the longest path runs first.
 */
export function remainingWay(graph: Graph, costOf: (name: string) => number): Map<string, number> {
  const way = new Map<string, number>(graph.map(({ name }) => [name, 0]));
  for (const node of [...graph].reverse()) {
    const own = (way.get(node.name) ?? 0) + costOf(node.name);
    way.set(node.name, own);
    for (const need of node.needs) way.set(need, Math.max(way.get(need) ?? 0, own));
  }
  return way;
}
