/** Where a store lies, as people write it. */
import { resolve } from "node:path";

/**
 * The file that `url` means: `sqlite:./runs.db`, `sqlite:/var/lib/runs.db`, `sqlite::memory:`, or a plain path.
 * Paths become absolute, so that a later change of the working folder changes nothing.
 */
export function parseSqliteUrl(url: string): string {
  const path = url.startsWith("sqlite:") ? url.slice("sqlite:".length) : url;
  if (path === ":memory:") return path;
  return resolve(path.startsWith("//") ? path.slice(2) : path);
}
