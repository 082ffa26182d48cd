/**
 * An error as plain data: what attempts, runs and problems record of whatever was thrown.
 */

/** An error as recorded: plain data, the same live and after a restart. */
export interface RecordedError {
  readonly name: string;
  readonly message: string;
  readonly code?: string | undefined;
  readonly category?: string | undefined;
  readonly details?: unknown;
  readonly stack?: string | undefined;
  readonly cause?: RecordedError | undefined;
}

/** Whatever was thrown, as plain data: name, message, code, category, details and causes (four deep at the most). */
export function recordError(thrown: unknown, depth = 0): RecordedError {
  if (!(thrown instanceof Error)) {
    return { name: "Error", message: typeof thrown === "string" ? thrown : safeText(thrown) };
  }
  const extra = thrown as Error & { code?: unknown; category?: unknown; details?: unknown };
  return {
    name: thrown.name,
    message: thrown.message,
    ...(typeof extra.code === "string" || typeof extra.code === "number" ? { code: String(extra.code) } : {}),
    ...(typeof extra.category === "string" ? { category: extra.category } : {}),
    ...(extra.details !== undefined && extra.details !== null ? { details: plain(extra.details) } : {}),
    ...(typeof thrown.stack === "string" ? { stack: thrown.stack.slice(0, 4_000) } : {}),
    ...(thrown.cause !== undefined && depth < 4 ? { cause: recordError(thrown.cause, depth + 1) } : {}),
  };
}

function safeText(value: unknown): string {
  try {
    return JSON.stringify(value) ?? String(value);
  } catch {
    return Object.prototype.toString.call(value);
  }
}

/** Details as JSON where they can be, else their text: recording an error must not itself fail. */
function plain(value: unknown): unknown {
  try {
    return JSON.parse(JSON.stringify(value) ?? "null");
  } catch {
    return safeText(value);
  }
}
