/** Removing the rows that removed runs left behind, slice by slice, so that nobody's claim waits for it. */
import type { Store } from "@holdfast/core";

/** Rows in one transaction: some milliseconds. */
const ROWS_AT_ONCE = 2_000;

/** All of them, or until `isToStop` says so after a slice. */
export async function deleteRemovedRows(store: Store, isToStop: () => boolean = () => false): Promise<void> {
  while ((await store.deleteRemovedRows(ROWS_AT_ONCE)) > 0) if (isToStop()) return;
}
