/** Keys of a tree, as the patterns of WAI-ARIA name them: which row comes next, what opens or closes. Pure. */
import type { TreeRow } from "./tree-rows.js";

export type TreeMove =
  | { readonly kind: "go"; readonly to: number }
  | { readonly kind: "press"; readonly ids: readonly string[] }
  /** Of a row without members: the whole of a long text, or its beginning. */
  | { readonly kind: "whole" };

/** How far Page Up and Page Down go. */
const PAGE_ROWS = 15;

/** Null where the key is none of the tree's. */
export function moveOf(key: string, rows: readonly TreeRow[], at: number): TreeMove | null {
  const row = rows[at];
  if (row === undefined) return null;
  const go = (to: number): TreeMove => ({ kind: "go", to: Math.max(0, Math.min(rows.length - 1, to)) });
  const press: TreeMove = { kind: "press", ids: [row.id] };
  const parentAt = row.parent === null ? at : rows.lastIndexOf(row.parent, at);
  switch (key) {
    case "ArrowDown":
      return go(at + 1);
    case "ArrowUp":
      return go(at - 1);
    case "PageDown":
      return go(at + PAGE_ROWS);
    case "PageUp":
      return go(at - PAGE_ROWS);
    case "Home":
      return go(0);
    case "End":
      return go(rows.length - 1);
    case "ArrowRight":
      return row.size === null || (row.isOpen && row.size === 0) ? go(at) : row.isOpen ? go(at + 1) : press;
    case "ArrowLeft":
      return row.isOpen ? press : go(parentAt);
    case "Enter":
    case " ":
      return row.size === null ? { kind: "whole" } : press;
    case "*":
      return {
        kind: "press",
        ids: rows.filter((one) => one.parent === row.parent && one.size !== null && !one.isOpen).map(({ id }) => id),
      };
    default:
      return key.length === 1 ? typedAhead(key, rows, at) : null;
  }
}

/** The next row whose name begins with the letter, from the row on and around the end. Digits too: places of a list. */
function typedAhead(letter: string, rows: readonly TreeRow[], at: number): TreeMove | null {
  if (!/[\p{L}\p{N}_$]/u.test(letter)) return null;
  const wanted = letter.toLowerCase();
  for (let step = 1; step <= rows.length; step++) {
    const to = (at + step) % rows.length;
    if (
      String(rows[to]?.name ?? "")
        .toLowerCase()
        .startsWith(wanted)
    )
      return { kind: "go", to };
  }
  return { kind: "go", to: at };
}

/** Ids that are pressed change sides. */
export function pressedAfter(pressed: ReadonlySet<string>, ids: readonly string[]): ReadonlySet<string> {
  const next = new Set(pressed);
  for (const id of ids) if (!next.delete(id)) next.add(id);
  return next;
}
