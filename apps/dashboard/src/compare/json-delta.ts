/**
 * What differs between two JSON values, by path: pure. Members of a list are matched by what they are, so that one more at its
 * beginning is one change and not as many as there are members. In a chunk of its own, with the library.
 */
import { create, type Delta } from "jsondiffpatch";
import { ExactNumber } from "../api/exact-json.js";

export interface JsonDifference {
  readonly path: string;
  readonly kind: "added" | "removed" | "changed" | "moved";
  readonly before?: unknown;
  readonly after?: unknown;
}

/** Matching lists takes as much as their lengths multiplied; beyond this the page would stand still. */
const MEMBERS_MAX = 2_000;
const VALUES_MAX = 20_000;
/** No text begins so: an exact number while it is compared. */
const MARK = "\u0000exact:";

const patcher = create({
  objectHash: (member, index) => {
    const { id, key, name } = member as { id?: unknown; key?: unknown; name?: unknown };
    const own = id ?? key ?? name;
    return own === undefined ? `at ${index}` : JSON.stringify(own);
  },
  arrays: { detectMove: true },
  cloneDiffValues: false,
});

/** Null where they are too large to be compared here. */
export function differencesOf(before: unknown, after: unknown): readonly JsonDifference[] | null {
  const left = { values: VALUES_MAX };
  const [a, b] = [marked(before, left), marked(after, left)];
  if (left.values < 0) return null;
  const found: JsonDifference[] = [];
  collect(patcher.diff(a, b), "$", a, found);
  return found;
}

/** A copy in which exact numbers are texts of their own; stops counting beyond the bounds. */
function marked(value: unknown, left: { values: number }): unknown {
  if (--left.values < 0) return null;
  if (value instanceof ExactNumber) return MARK + value.text;
  if (Array.isArray(value)) {
    if (value.length > MEMBERS_MAX) left.values = -1;
    return left.values < 0 ? null : value.map((member) => marked(member, left));
  }
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, marked(member, left)]));
}

function unmarked(value: unknown): unknown {
  if (typeof value === "string") return value.startsWith(MARK) ? new ExactNumber(value.slice(MARK.length)) : value;
  if (Array.isArray(value)) return value.map(unmarked);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, unmarked(member)]));
}

const PLAIN = /^[A-Za-z_$][\w$]*$/;
const under = (path: string, name: string) =>
  path + (PLAIN.test(name) ? `.${name}` : /^\d+$/.test(name) ? `[${name}]` : `[${JSON.stringify(name)}]`);

function collect(delta: Delta, path: string, before: unknown, found: JsonDifference[]): void {
  if (delta === undefined) return;
  if (!Array.isArray(delta)) {
    const isList = (delta as { _t?: unknown })._t === "a";
    const names = Object.keys(delta).filter((name) => name !== "_t");
    // "_3" is a member of the list before; those that went come first, as they stand in it.
    for (const name of isList ? names.sort(byPlace) : names) {
      const isOld = isList && name.startsWith("_");
      const own = isOld ? name.slice(1) : name;
      const was = (before as Record<string, unknown> | undefined)?.[own];
      collect((delta as Record<string, Delta>)[name], under(path, own), was, found);
    }
    return;
  }
  const [first, second, kind] = delta as readonly unknown[];
  if (kind === 3) found.push({ path, kind: "moved", before: unmarked(before), after: second });
  else if (delta.length === 1) found.push({ path, kind: "added", after: unmarked(first) });
  else if (delta.length === 2) found.push({ path, kind: "changed", before: unmarked(first), after: unmarked(second) });
  else found.push({ path, kind: "removed", before: unmarked(first) });
}

const byPlace = (a: string, b: string): number =>
  Number(a.replace("_", "")) - Number(b.replace("_", "")) || (a.startsWith("_") ? -1 : 1);
