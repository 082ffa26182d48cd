#!/usr/bin/env node
/**
 * `npm run check:circles`: no files of a package import each other in a circle, and no folders; types count, and so do imports
 * that are made when they are needed. A file directly in `src/` is judged by itself: an entry, or a piece that many folders
 * use. Tests and their fixtures stand outside: nothing imports them.
 *
 * `node tests/suite/circles.mjs FOLDER …` looks at the `src` of these packages alone.
 */
import { readdirSync, readFileSync, realpathSync } from "node:fs";
import { dirname, join, relative, sep } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** What is wrong with one package, a line each; empty where nothing is. */
export function findCircles(packageFolder) {
  const src = join(packageFolder, "src");
  const files = new Map(sourcesIn(src).map((path) => [nameIn(src, path), importsOf(path)]));
  const graph = new Map(
    [...files].map(([name, imports]) => [name, new Set(imports.flatMap((path) => existing(files, nameIn(src, path))))]),
  );
  const folders = new Map();
  for (const [name, targets] of graph) {
    const from = folderOf(name);
    const reached = folders.get(from) ?? new Map();
    for (const target of targets) {
      if (folderOf(target) !== from && !reached.has(folderOf(target))) {
        reached.set(folderOf(target), `${name} → ${target}`);
      }
    }
    folders.set(from, reached);
  }
  return [
    ...circlesIn(graph).map((circle) => `files import each other: ${wordPath(circle)}`),
    ...circlesIn(folders).map((circle) => {
      const because = circle.map((from, at) => folders.get(from).get(circle[(at + 1) % circle.length]));
      return `folders import each other: ${wordPath(circle)} (${because.join("; ")})`;
    }),
  ];
}

const wordPath = (circle) => [...circle, circle[0]].join(" → ");

function sourcesIn(folder) {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return entry.name === "testdata" ? [] : sourcesIn(path);
    return /\.tsx?$/.test(entry.name) && !/\.(test|fixture)\.tsx?$/.test(entry.name) ? [path] : [];
  });
}

/** Paths that a file imports by relative name, without their extension; `import type` and `import()` among them. */
function importsOf(path) {
  const { importedFiles } = ts.preProcessFile(readFileSync(path, "utf8"), true, true);
  return importedFiles
    .filter(({ fileName }) => fileName.startsWith("."))
    .map(({ fileName }) => join(dirname(path), fileName));
}

const nameIn = (src, path) =>
  relative(src, path)
    .split(sep)
    .join("/")
    .replace(/\.(js|jsx|ts|tsx)$/, "");
const existing = (files, name) => (files.has(name) ? [name] : []);
/** A file directly in `src/` stands for itself. */
const folderOf = (name) => (name.includes("/") ? dirname(name) : name);

/** One shortest circle of each knot of nodes that reach each other. */
function circlesIn(graph) {
  const found = [];
  const seen = new Set();
  for (const start of graph.keys()) {
    if (seen.has(start)) continue;
    const circle = circleFrom(graph, start);
    if (circle === null) continue;
    for (const node of circle) seen.add(node);
    found.push(circle);
  }
  return found;
}

/** The shortest way from a node back to itself; null where there is none. */
function circleFrom(graph, start) {
  const cameFrom = new Map();
  const waiting = [start];
  for (let node = waiting.shift(); node !== undefined; node = waiting.shift()) {
    for (const next of graph.get(node)?.keys() ?? []) {
      if (next === start) return wayTo(cameFrom, node, start);
      if (cameFrom.has(next)) continue;
      cameFrom.set(next, node);
      waiting.push(next);
    }
  }
  return null;
}

function wayTo(cameFrom, end, start) {
  const way = [end];
  while (way[0] !== start) way.unshift(cameFrom.get(way[0]));
  return way;
}

function allPackages() {
  return ["packages", "apps", "workloads"].flatMap((group) =>
    readdirSync(join(ROOT, group), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && hasSource(join(ROOT, group, entry.name)))
      .map((entry) => join(ROOT, group, entry.name)),
  );
}

const hasSource = (folder) => readdirSync(folder).includes("src") && readdirSync(folder).includes("package.json");

if (process.argv[1] !== undefined && realpathSync(process.argv[1]) === fileURLToPath(import.meta.url)) {
  const asked = process.argv.slice(2);
  const packages = asked.length > 0 ? asked : allPackages();
  const problems = packages.flatMap((folder) =>
    findCircles(folder).map((problem) => `${relative(ROOT, folder)}: ${problem}`),
  );
  for (const problem of problems) console.error(problem);
  console.log(problems.length === 0 ? `no circles in ${packages.length} packages` : "");
  process.exitCode = problems.length === 0 ? 0 : 1;
}
