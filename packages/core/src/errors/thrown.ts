/**
 * Reading what user code threw. It may be anything: a proxy whose traps throw, an object whose getters do, a revoked proxy that
 * even `instanceof` cannot look at. Whoever looks at a thrown value looks through these; none of them throws.
 */

/** The value at `key`; undefined where there is none or reading it throws. */
export function peek(thrown: unknown, key: PropertyKey): unknown {
  if ((typeof thrown !== "object" && typeof thrown !== "function") || thrown === null) return undefined;
  try {
    return (thrown as Record<PropertyKey, unknown>)[key];
  } catch {
    return undefined;
  }
}

/** The text at `key`; undefined where there is none. */
export function peekText(thrown: unknown, key: PropertyKey): string | undefined {
  const value = peek(thrown, key);
  return typeof value === "string" ? value : undefined;
}

/** `instanceof`, and false where even that throws. */
export function isThrown<T>(thrown: unknown, type: abstract new (...args: never[]) => T): thrown is T {
  try {
    return thrown instanceof type;
  } catch {
    return false;
  }
}

/** Any value as a text. */
export function textOf(value: unknown): string {
  if (typeof value === "string") return value;
  for (const word of [() => JSON.stringify(value), () => String(value), () => Object.prototype.toString.call(value)]) {
    try {
      const text: unknown = word();
      if (typeof text === "string") return text;
    } catch {
      // The next way; the last ones ask the value for less.
    }
  }
  return `a value of type ${typeof value} that cannot be read`;
}
