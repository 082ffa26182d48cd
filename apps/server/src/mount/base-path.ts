/** Base path of a mounted handler, and the rest of a request's path below it. */
import { WrongUseError } from "@holdfast/core";

/** Paths below which the server has routes of its own: mounted there, nobody could tell a prefix from a route. */
const OWN = /^\/(api|assets|icons|session|metrics|healthz|readyz)$/;

/** "" or "/a/b". @throws {WrongUseError} WRONG_USE */
export function checkBasePath(basePath = ""): string {
  const base = basePath.replace(/\/+$/, "");
  const problem = (what: string) =>
    new WrongUseError({ problem: `createHoldfastHandler: basePath ${JSON.stringify(basePath)} ${what}.` });
  if (base !== "" && (!/^(\/[A-Za-z0-9._~-]+)+$/.test(base) || /\/\.{1,2}(\/|$)/.test(base)))
    throw problem('is no path like "/holdfast" or "/a/b"');
  if (OWN.test(base)) throw problem("is a path of the server's own; mount it at another, such as /holdfast");
  return base;
}

/** Frameworks hand on the whole path, or what is left of it below the place where they mounted: both are understood. */
export function belowBase(base: string, url: string): string {
  if (base === "" || !url.startsWith(base)) return url;
  const rest = url.slice(base.length);
  if (rest === "" || rest.startsWith("?")) return `/${rest}`;
  return rest.startsWith("/") ? rest : url;
}
