#!/usr/bin/env node
/**
 * Builds the page into dist/app, unless what it is made of is what it was made of: the digest of its sources, of the packages
 * that go into it, and of the versions that are installed. `--force` builds anyway.
 */
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const DIGEST = join(HERE, "dist", "app.digest");

function filesUnder(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .flatMap((entry) => (entry.isDirectory() ? filesUnder(join(folder, entry.name)) : [join(folder, entry.name)]))
    .sort();
}

function digest() {
  const hash = createHash("sha256");
  const own = ["index.html", "vite.config.ts", "package.json", "build.mjs"].map((name) => join(HERE, name));
  // The lock file says which versions are installed; without it (a package of its own) package.json must do.
  const lock = [join(HERE, "..", "..", "package-lock.json")].filter(existsSync);
  // Packages that go into the page, as they are built.
  const packages = ["core", "protocol", "client"]
    .map((name) => join(HERE, "..", "..", "packages", name, "src"))
    .filter(existsSync);
  const folders = [join(HERE, "src"), join(HERE, "public"), ...packages];
  for (const file of [...own, ...lock, ...folders.flatMap(filesUnder)]) {
    hash.update(relative(HERE, file)).update("\0").update(readFileSync(file)).update("\0");
  }
  return hash.digest("hex");
}

const wanted = digest();
const isBuilt = existsSync(DIGEST) && readFileSync(DIGEST, "utf8") === wanted;
if (!isBuilt || process.argv.includes("--force")) {
  const { build } = await import("vite");
  await build({ root: HERE, configFile: join(HERE, "vite.config.ts"), logLevel: "warn" });
  mkdirSync(join(HERE, "dist"), { recursive: true });
  writeFileSync(DIGEST, wanted);
}
