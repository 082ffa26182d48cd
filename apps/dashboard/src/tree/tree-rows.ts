/**
 * A JSON value as rows of a tree: pure. A row is a value that is in sight, which its parents decide: a value is open by default or
 * by a press, so that a document of 100,000 values costs a list of what is open, and no row knows more than its parent.
 */
import { ExactNumber } from "../api/exact-json.js";

export interface TreeRow {
  readonly id: string;
  /** Member name or position; null for the document. */
  readonly name: string | number | null;
  readonly value: unknown;
  readonly parent: TreeRow | null;
  /** From 1, as a reader of the screen counts. */
  readonly level: number;
  readonly position: number;
  readonly siblingCount: number;
  /** Members of an object or a list; null for a value without. */
  readonly size: number | null;
  readonly isOpen: boolean;
}

/** Opened at first: the document and its members, unless they are so many that nobody sees the next one. */
const LEVELS_OPEN = 2;
const MEMBERS_OPEN_MAX = 100;

export const isHolder = (value: unknown): value is object =>
  typeof value === "object" && value !== null && !(value instanceof ExactNumber);

const sizeOf = (value: unknown): number | null =>
  !isHolder(value) ? null : Array.isArray(value) ? value.length : Object.keys(value).length;

export const isOpenAtFirst = (level: number, size: number): boolean => level <= LEVELS_OPEN && size <= MEMBERS_OPEN_MAX;

type Place = Pick<TreeRow, "name"> & { readonly parent: Place | null };

/** The id of a member: a JSON pointer, which names it across readings of the document. */
const idUnder = (parentId: string, name: string | number): string =>
  `${parentId}/${typeof name === "number" ? name : name.replaceAll("~", "~0").replaceAll("/", "~1")}`;

const PLAIN = /^[A-Za-z_$][\w$]*$/;

/** As it is written in a program: `$.items[3]["odd name"]`. */
export const pathOf = (place: Place): string =>
  `$${namesOf(place)
    .map((name) =>
      typeof name === "number" ? `[${name}]` : PLAIN.test(name) ? `.${name}` : `[${JSON.stringify(name)}]`,
    )
    .join("")}`;

/** From the document down. */
function namesOf(place: Place): readonly (string | number)[] {
  const names: (string | number)[] = [];
  for (let at: Place | null = place; at !== null; at = at.parent) if (at.name !== null) names.push(at.name);
  return names.reverse();
}

/** What is in sight. `pressed` has the ids of the holders that are not as they were at first. */
export function rowsOf(document: unknown, pressed: ReadonlySet<string>): readonly TreeRow[] {
  const rows: TreeRow[] = [];
  // No recursion: a document may be deeper than the stack.
  const open: {
    readonly row: TreeRow;
    readonly members: Iterator<readonly [string | number, unknown]>;
    position: number;
  }[] = [];
  const add = (name: TreeRow["name"], value: unknown, parent: TreeRow | null, position: number) => {
    const level = (parent?.level ?? 0) + 1;
    const size = sizeOf(value);
    const id = parent === null || name === null ? "" : idUnder(parent.id, name);
    const isOpen = size !== null && isOpenAtFirst(level, size) !== (pressed.size > 0 && pressed.has(id));
    const row = { id, name, value, parent, level, position, siblingCount: parent?.size ?? 1, size, isOpen };
    rows.push(row);
    if (isOpen) open.push({ row, members: membersOf(value as object), position: 0 });
  };
  add(null, document, null, 1);
  for (let at = open.at(-1); at !== undefined; at = open.at(-1)) {
    const next = at.members.next();
    if (next.done) open.pop();
    else add(next.value[0], next.value[1], at.row, ++at.position);
  }
  return rows;
}

export function* membersOf(value: object): Generator<readonly [string | number, unknown]> {
  if (Array.isArray(value)) for (let at = 0; at < value.length; at++) yield [at, value[at]];
  else for (const name of Object.keys(value)) yield [name, (value as Record<string, unknown>)[name]];
}

/** The text of a value without members, without quotes. */
export const leafText = (value: unknown): string => (value instanceof ExactNumber ? value.text : String(value));

export interface TreeHit {
  readonly id: string;
  /** The holders above it, the document first: open, so that it is in sight. */
  readonly above: readonly { readonly id: string; readonly level: number; readonly size: number }[];
}

/** More than anybody steps through. */
export const HITS_MAX = 1_000;

/** Names and values with these words in them, in the order of the document. */
export function findIn(document: unknown, words: string): readonly TreeHit[] {
  const wanted = words.toLowerCase();
  const hits: TreeHit[] = [];
  if (wanted === "") return hits;
  type Seen = Place & { readonly value: unknown; readonly level: number; readonly parent: Seen | null };
  const waiting: Seen[] = [{ name: null, value: document, parent: null, level: 1 }];
  for (let at = waiting.pop(); at !== undefined && hits.length < HITS_MAX; at = waiting.pop()) {
    const { name, value, level } = at;
    const isHit =
      (typeof name === "string" && name.toLowerCase().includes(wanted)) ||
      (!isHolder(value) && leafText(value).toLowerCase().includes(wanted));
    if (isHit) {
      const line: Seen[] = [];
      for (let up: Seen | null = at; up !== null; up = up.parent) line.push(up);
      const above: TreeHit["above"][number][] = [];
      let id = "";
      for (const one of line.reverse()) {
        if (one.name !== null) id = idUnder(id, one.name);
        if (one !== at) above.push({ id, level: one.level, size: sizeOf(one.value) ?? 0 });
      }
      hits.push({ id, above });
    }
    if (!isHolder(value)) continue;
    const members = [...membersOf(value)];
    for (let index = members.length - 1; index >= 0; index--) {
      const [member, one] = members[index] as readonly [string | number, unknown];
      waiting.push({ name: member, value: one, parent: at, level: level + 1 });
    }
  }
  return hits;
}

/** `pressed`, so that all above a hit is open. */
export function openAbove(pressed: ReadonlySet<string>, { above }: TreeHit): ReadonlySet<string> {
  const next = new Set(pressed);
  for (const { id, level, size } of above) {
    if (isOpenAtFirst(level, size)) next.delete(id);
    else next.add(id);
  }
  return next;
}
