/**
 * How many columns of a table are shown: a narrow screen hides some, and a cell that spans more than there are would make columns of
 * its own, which take the room of the others.
 */
import { useEffect, useState } from "react";

/** A ref for the table, and the number of its shown columns, `all` before it is measured. */
export function useShownColumns(all: number): readonly [(table: HTMLTableElement | null) => void, number] {
  const [table, setTable] = useState<HTMLTableElement | null>(null);
  const [shown, setShown] = useState(all);
  useEffect(() => {
    if (table === null) return;
    const look = () => {
      const heads = [...(table.tHead?.rows[0]?.cells ?? [])];
      const seen = heads.filter((head) => getComputedStyle(head).display !== "none").length;
      if (seen > 0) setShown(seen);
    };
    look();
    const watch = new ResizeObserver(look);
    watch.observe(table);
    return () => watch.disconnect();
  }, [table]);
  return [setTable, shown];
}
