/**
 * SQLite libraries in this process besides the one that this store uses. POSIX file locks belong to the process: two
 * libraries do not see each other's, and whichever closes a file drops the locks of the other. One file opened by both can
 * be damaged.
 */
import { createRequire } from "node:module";
import { dirname, sep } from "node:path";
import { DRIVER } from "./driver.js";

const require = createRequire(import.meta.url);
const PACKAGE = "@photostructure/sqlite";
const ADDON = /(sqlite|libsql).*\.node$/i;

/**
 * Returns the other libraries that are loaded now: `node:sqlite`, or the path of a native addon. Sees what the main thread
 * has loaded; not what is loaded later, in a worker thread, or inside a library of another name.
 */
export function otherSqliteLibraries(): readonly string[] {
  const addons = Object.keys(require.cache).filter((path) => ADDON.test(afterLast(path, `node_modules${sep}`)));
  if (DRIVER === "node:sqlite") return addons;
  const own = dirname(dirname(require.resolve(PACKAGE))) + sep;
  const others = addons.filter((path) => !path.startsWith(own));
  return isBuiltInLoaded() ? ["node:sqlite", ...others] : others;
}

/** Node lists the built-in modules that were loaded; there is no other way to ask without loading it. */
function isBuiltInLoaded(): boolean {
  const { moduleLoadList = [] } = process as { moduleLoadList?: readonly string[] };
  return moduleLoadList.includes("NativeModule sqlite");
}

function afterLast(path: string, mark: string): string {
  const at = path.lastIndexOf(mark);
  return at < 0 ? path.slice(path.lastIndexOf(sep) + 1) : path.slice(at + mark.length);
}
