/**
 * Safe reading of thrown values. User code may throw anything: a proxy whose traps throw, an object whose getters
 * throw, a revoked proxy on which even `instanceof` throws. Code that inspects a thrown value uses these functions,
 * none of which throws.
 */

/** Returns the value at `key`; undefined if there is none or reading it throws. */
export function peek(thrown: unknown, key: PropertyKey): unknown {
  if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) return undefined;
  try {
    return (thrown as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** Returns the text at `key`; undefined if there is none. */
export function peekText(thrown: unknown, key: PropertyKey): string | undefined {
  const value = peek(thrown, key);
  return typeof value === "string" ? value : undefined;
}

/** Safe `instanceof`; false if the check itself throws. */
export function isThrown<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** Returns any value as text. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  for (const word of [() => JSON.stringify(value), () => String(value), () => Object.prototype.toString.call(value)]) {
    try {
      const text: unknown = word();
      if (typeof text === "string") return text;
    } catch {
      // Try the next way; each asks less of the value.
    }
  }
  return `a value of type ${typeof value} that cannot be read`;
}
