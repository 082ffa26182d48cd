/**
 * The built page, read once into memory: the shell, which has only placeholders, and its assets by name. If it was not built, a
 * message says so. A requested address is never used as a file path.
 */
import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, extname, join, relative, sep } from "node:path";
import { promisify } from "node:util";
import { gzip } from "node:zlib";

const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".woff2": "font/woff2",
  ".webmanifest": "application/manifest+json",
};
/** Where the shell's own lines go. */
const PLACE = "<!--holdfast-->";
const compress = promisify(gzip);

export interface Asset {
  readonly bytes: Buffer;
  /** The same, smaller; null where it would not be. */
  readonly gzipped: Buffer | null;
  readonly type: string;
  readonly etag: string;
  /** Its name has its content's hash: it never changes. */
  readonly isHashed: boolean;
}

/** Where the page is served. */
export interface Mount {
  /** "" where this server is asked itself, else the path at which somebody else's has mounted it. */
  readonly basePath: string;
  /** False where that server signs people in: the page then takes no token. */
  readonly isSignInOurs: boolean;
}

export interface BuiltPage {
  /** The shell for a place `depth` folders below the page's root, with the nonce of this answer. */
  readonly shell: (depth: number, nonce: string, place: Mount) => string;
  /** By its path below the page's root. */
  readonly assets: ReadonlyMap<string, Asset>;
}

/** Null where the page was not built. */
export async function readBuiltPage(folder = builtFolder()): Promise<BuiltPage | null> {
  const html = folder === null ? null : await readFile(join(folder, "index.html"), "utf8").catch(() => null);
  if (folder === null || html === null) return null;
  const names = await readdir(folder, { recursive: true, withFileTypes: true });
  const assets = new Map<string, Asset>();
  for (const entry of names) {
    const type = TYPES[extname(entry.name)];
    if (!entry.isFile() || type === undefined) continue;
    const file = join(entry.parentPath, entry.name);
    const name = relative(folder, file).split(sep).join("/");
    assets.set(name, await asAsset(name, type, await readFile(file)));
  }
  const [before = "", after = ""] = html.split(PLACE);
  const shell = (depth: number, nonce: string, { basePath, isSignInOurs }: Mount) => {
    // Relative, so that it is right behind a proxy that adds a path. A mount knows its own, also where the slash at its end is missing.
    const base = basePath !== "" ? `${basePath}/` : depth === 0 ? "./" : "../".repeat(depth);
    const signIn = isSignInOurs ? "" : '\n    <meta name="holdfast-sign-in" content="site" />';
    return `${before}<base href="${base}" />\n    <meta property="csp-nonce" nonce="${nonce}" />${signIn}${after}`;
  };
  return { shell, assets };
}

async function asAsset(name: string, type: string, bytes: Buffer): Promise<Asset> {
  const small = type.startsWith("font/") || type.startsWith("image/png") ? null : await compress(bytes, { level: 9 });
  return {
    bytes,
    gzipped: small !== null && small.length < bytes.length ? small : null,
    type,
    etag: `"${createHash("sha256").update(bytes).digest("hex").slice(0, 32)}"`,
    isHashed: name.startsWith("assets/"),
  };
}

/** Null where the package of the page is not installed. */
function builtFolder(): string | null {
  try {
    const manifest = createRequire(import.meta.url).resolve("@holdfast/dashboard/package.json");
    return join(dirname(manifest), "dist", "app");
  } catch {
    return null;
  }
}
