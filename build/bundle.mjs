#!/usr/bin/env node
/**
 * Bundles each published package: `dist/`, a module for each source, becomes `bundle/`, a few. A start of the command then reads
 * dozens of files instead of hundreds, which nearly halves what it takes. Types stay in `dist/`.
 *
 * A package stays a package: Node finds what it imports of another one, so each module exists once in a process. A module that
 * is found by its place (`new URL("./x.js", import.meta.url)`, `module: import.meta.url`), a thread or the main module of a child
 * process, has that place in `bundle/` too.
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
/** Published, and loaded by every process. The client is bundled by those who use it, for browsers. */
const PACKAGES = [
  "packages/core",
  "packages/protocol",
  "packages/engine",
  "packages/store-sqlite",
  "packages/models",
  "packages/testkit",
  "apps/server",
  "packages/holdfast",
];

/**
 * Bundles the packages that were compiled since they were bundled last.
 *
 * @param {readonly string[]} folders
 */
export async function bundleWhatChanged(folders = PACKAGES.map((name) => join(ROOT, name))) {
  await Promise.all(folders.filter(isStale).map(bundle));
}

/** The compiler writes its notes whenever it writes a module. */
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
    // A warning ends the build, and this one only says that the machine is busy.
    checks: { bundlerTimings: false },
    onLog: (level, log) => {
      if (level === "warn") throw new Error(`${relative(ROOT, folder)}: ${log.message}`);
    },
  });
  const { output } = await built.generate({
    dir: join(folder, "bundle"),
    format: "esm",
    sourcemap: true,
    // Errors and classes are shown by their names.
    keepNames: true,
    entryFileNames: "[name].js",
    // Without a digest of the text: a process that runs while its package is built again still finds what it imports late.
    chunkFileNames: "[name].chunk.js",
  });
  await built.close();
  write(join(folder, "bundle"), output, startedAt);
}

/** What the package exports, what its commands in `bin/` load, and what its modules start by place. */
function entriesOf(folder) {
  const { exports } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  const names = new Set(Object.values(exports).map((way) => way.default.replace("./bundle/", "")));
  for (const { text } of filesUnder(join(folder, "bin"))) {
    for (const [, name] of text.matchAll(/new URL\("\.\.\/bundle\/([^"]+)"/g)) names.add(name);
  }
  for (const { place, text } of filesUnder(join(folder, "src"))) {
    // It tells another process where to import it from.
    if (text.includes("module: import.meta.url")) names.add(place.replace(/\.ts$/, ".js"));
    for (const [, target] of text.matchAll(/new URL\(([^()]+), import\.meta\.url\)/g)) {
      for (const [, file] of target.matchAll(/"(\.[^"]+\.js)"/g)) {
        const name = posix.join(posix.dirname(place), file);
        // Not the other way of a module that also runs as source, which leads to `dist/`.
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

/** A stack leads to the source, not to what was compiled of it. */
const keepMaps = {
  name: "keep-maps",
  load(id) {
    if (!existsSync(`${id}.map`)) return null;
    return { code: readFileSync(id, "utf8"), map: readFileSync(`${id}.map`, "utf8") };
  },
};

/** `import.meta.url` of a module is where the module would be without bundling, whichever file it is in now. */
function keepPlaces(dist) {
  return {
    name: "keep-places",
    transform(code, id) {
      if (!code.includes("import.meta.url")) return null;
      const place = relative(dist, id).replaceAll("\\", "/");
      // Lines stay what they are, and so does their map.
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

/** Each file at once, so that processes that start meanwhile find it whole; the entry last, since its time is the bundle's. */
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
