/** Views that a person saved in this browser: a name and a query. */
import { recall, remember, useWatched, watched } from "../tab/store.js";

export interface SavedView {
  readonly name: string;
  readonly q: string;
}

const KEY = "holdfast:views";
const views = watched<readonly SavedView[]>(read());

function read(): readonly SavedView[] {
  try {
    const parsed = JSON.parse(recall(KEY) ?? "[]") as unknown;
    const isView = (one: unknown): one is SavedView =>
      typeof (one as SavedView)?.name === "string" && typeof (one as SavedView).q === "string";
    return Array.isArray(parsed) ? parsed.filter(isView) : [];
  } catch {
    return [];
  }
}

function write(next: readonly SavedView[]): void {
  views.set(next);
  remember(KEY, JSON.stringify(next));
}

export function useSavedViews() {
  return {
    views: useWatched(views),
    /** One of the same name is replaced. */
    save: (view: SavedView) => write([...views.get().filter(({ name }) => name !== view.name), view]),
    forget: (name: string) => write(views.get().filter((view) => view.name !== name)),
  };
}

/** Those that every list has. */
export const BUILT_IN: readonly SavedView[] = [
  { name: "All", q: "" },
  { name: "Needs attention", q: "resumable:true" },
  { name: "Running", q: "status:queued,running" },
];
