/**
 * Where a workflow was defined: the file of the code that called `defineWorkflow`. Taken from the call itself, since an exported
 * object does not know its module. Null where there is no file: in `node -e`, a REPL, a `data:` address.
 */
import { fileURLToPath } from "node:url";

/** `below`: the function whose caller is meant. */
export function findDefineSite(below: (...given: never[]) => unknown): string | null {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    // The call sites themselves: the text of a stack is rewritten where source maps are switched on.
    Error.prepareStackTrace = (_, sites) => sites;
    Error.stackTraceLimit = 1;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, below);
    const [site] = holder.stack as readonly NodeJS.CallSite[];
    return toPath(site?.getFileName() ?? null);
  } catch {
    return null;
  } finally {
    Error.prepareStackTrace = prepareStackTrace;
    Error.stackTraceLimit = stackTraceLimit;
  }
}

function toPath(name: string | null): string | null {
  if (name === null) return null;
  // A query makes a module be loaded anew; the file is the same.
  const plain = name.replace(/[?#].*$/, "");
  if (plain.startsWith("file:")) return fileURLToPath(plain);
  return plain.startsWith("/") || /^[A-Za-z]:[\\/]/.test(plain) ? plain : null;
}
