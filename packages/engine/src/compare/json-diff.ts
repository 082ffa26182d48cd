/** The differences of two JSON values, by path. Pure. */

export interface JsonChange {
  /** `$.slides[3].title`. */
  readonly path: string;
  readonly kind: "added" | "removed" | "changed";
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Where two values differ, in the order of the first; arrays by position. */
export function diffJson(before: unknown, after: unknown, path = "$"): readonly JsonChange[] {
  if (before === after) return [];
  if (Array.isArray(before) && Array.isArray(after)) return diffArrays(before, after, path);
  if (isObject(before) && isObject(after)) return diffObjects(before, after, path);
  return [{ path, kind: "changed", before, after }];
}

function diffArrays(before: readonly unknown[], after: readonly unknown[], path: string): readonly JsonChange[] {
  const changes: JsonChange[] = [];
  for (let i = 0; i < Math.max(before.length, after.length); i++) {
    const at = `${path}[${i}]`;
    if (i >= before.length) changes.push({ path: at, kind: "added", after: after[i] });
    else if (i >= after.length) changes.push({ path: at, kind: "removed", before: before[i] });
    else changes.push(...diffJson(before[i], after[i], at));
  }
  return changes;
}

type Loose = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Loose =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function diffObjects(before: Loose, after: Loose, path: string): readonly JsonChange[] {
  const keys = [...Object.keys(before), ...Object.keys(after).filter((key) => !Object.hasOwn(before, key))];
  return keys.flatMap((key): readonly JsonChange[] => {
    const at = /^[A-Za-z_][A-Za-z0-9_]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key)}]`;
    if (!Object.hasOwn(before, key)) return [{ path: at, kind: "added", after: after[key] }];
    if (!Object.hasOwn(after, key)) return [{ path: at, kind: "removed", before: before[key] }];
    return diffJson(before[key], after[key], at);
  });
}
