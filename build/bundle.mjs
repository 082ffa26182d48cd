#!/usr/bin/env node
/**
 * Bundles each published package: `dist/`, with one module for each source file, becomes `bundle/`, with a few. Starting the
 * command then reads dozens of files instead of hundreds, which nearly halves the time. Types stay in `dist/`.
 *
 * Packages stay separate: Node resolves imports of other packages, so each module exists once in a process. A module that
 * is found by its path (`new URL("./x.js", import.meta.url)`, `module: import.meta.url`), such as a thread or the main module of a
 * child process, has the same path in `bundle/`.
 */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, posix, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const ROOT = fileURLToPath(new URL("..", import.meta.url));
/** Published packages that every process loads. The client is not among them: its users bundle it for browsers. */
const PACKAGES = [
  "packages/core",
  "packages/protocol",
  "packages/engine",
  "packages/store-sql",
  "packages/store-sqlite",
  "packages/store-postgres",
  "packages/artifacts-s3",
  "packages/dataset-files",
  "packages/models",
  "packages/testkit",
  "apps/server",
  "packages/holdfast",
];

/**
 * Bundles the packages that have been compiled since their last bundling.
 *
 * @param {readonly string[]} folders
 */
export async function bundleWhatChanged(folders = PACKAGES.map((name) => join(ROOT, name))) {
  await Promise.all(folders.filter(isStale).map(bundle));
}

/** The compiler updates its build info whenever it writes a module. */
function isStale(folder) {
  const bundledMs = timeOf(join(folder, "bundle", "index.js"));
  return [join(folder, "dist", ".tsbuildinfo"), join(folder, "package.json"), fileURLToPath(import.meta.url)].some(
    (path) => timeOf(path) > bundledMs,
  );
}

const timeOf = (path) => statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0;

async function bundle(folder) {
  const startedAt = new Date();
  const { rolldown } = await import("rolldown");
  const dist = join(folder, "dist");
  const built = await rolldown({
    input: Object.fromEntries(entriesOf(folder).map((name) => [name.replace(/\.js$/, ""), join(dist, name)])),
    platform: "node",
    external: (id) => !id.startsWith(".") && !resolve(id).startsWith(dist),
    plugins: [keepMaps, keepPlaces(dist)],
    // Warnings end the build, but this one only means that the machine is busy.
    checks: { bundlerTimings: false },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(`${relative(ROOT, folder)}: ${log.message}`);
    },
  });
  const { output } = await built.generate({
    dir: join(folder, "bundle"),
    format: "esm",
    sourcemap: true,
    // Names of errors and classes are shown to users.
    keepNames: true,
    entryFileNames: "[name].js",
    // No content hash in the name: a process that is running while its package is rebuilt still finds its late imports.
    chunkFileNames: "[name].chunk.js",
  });
  await built.close();
  write(join(folder, "bundle"), output, startedAt);
}

/** Entries: the package's exports, the modules that its commands in `bin/` load, and the modules that are started by path. */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const names = new Set(Object.values(exports).map((way) => way.default.replace("./bundle/", "")));
  for (const { text } of filesUnder(join(folder, "bin"))) {
    for (const [, name] of text.matchAll(/new URL\("\.\.\/bundle\/([^"]+)"/g)) names.add(name);
  }
  for (const { place, text } of filesUnder(join(folder, "src"))) {
    // The module tells another process where to import it from.
    if (text.includes("module: import.meta.url")) names.add(place.replace(/\.ts$/, ".js"));
    for (const [, target] of text.matchAll(/new URL\(([^()]+), import\.meta\.url\)/g)) {
      for (const [, file] of target.matchAll(/"(\.[^"]+\.js)"/g)) {
        const name = posix.join(posix.dirname(place), file);
        // Skip the alternative for a module that also runs as source; it leads to `dist/`.
        if (existsSync(join(folder, "src", name.replace(/\.js$/, ".ts")))) names.add(name);
      }
    }
  }
  return [...names];
}

function filesUnder(folder) {
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true })
    .filter((path) => /\.(ts|mjs)$/.test(path) && !path.endsWith(".test.ts"))
    .map((path) => ({ place: path.replaceAll("\\", "/"), text: readFileSync(join(folder, path), "utf8") }));
}

/** Makes stacks point to the source instead of the compiled code. */
const keepMaps = {
  name: "keep-maps",
  load(id) {
    if (!existsSync(`${id}.map`)) return null;
    return { code: readFileSync(id, "utf8"), map: readFileSync(`${id}.map`, "utf8") };
  },
};

/** Sets a module's `import.meta.url` to its path without bundling, whichever file it is in now. */
function keepPlaces(dist) {
  return {
    name: "keep-places",
    transform(code, id) {
      if (!code.includes("import.meta.url")) return null;
      const place = relative(dist, id).replaceAll("\\", "/");
      // Line numbers do not change, so the source map stays valid.
      return { code: code.replaceAll("import.meta.url", `new URL("place:${place}", import.meta.url).href`), map: null };
    },
    renderChunk(code, { fileName }) {
      const here = posix.dirname(fileName);
      const placed = code.replace(/"place:([^"]+)"/g, (_, place) => {
        const path = posix.relative(here, place);
        return JSON.stringify(path.startsWith(".") ? path : `./${path}`);
      });
      return { code: placed, map: null };
    },
  };
}

/** Writes each file atomically, so that processes starting meanwhile find it complete. Writes the entry last, since its time is the bundle's. */
function write(folder, output, startedAt) {
  const files = output.map((file) => [file.fileName, file.type === "chunk" ? file.code : file.source]);
  files.sort(([a], [b]) => Number(a === "index.js") - Number(b === "index.js"));
  for (const [name, text] of files) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    const part = `${path}.${process.pid}`;
    writeFileSync(part, text);
    utimesSync(part, startedAt, startedAt);
    renameSync(part, path);
  }
  const written = new Set(files.map(([name]) => name));
  for (const path of readdirSync(folder, { recursive: true })) {
    const name = path.replaceAll("\\", "/");
    if (/\.js(\.map)?$/.test(name) && !written.has(name)) rmSync(join(folder, path), { force: true });
  }
}

if (process.argv[1] !== undefined && resolve(process.argv[1]) === fileURLToPath(import.meta.url)) {
  await bundleWhatChanged();
}
