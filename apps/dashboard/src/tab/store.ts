/** A value that several parts of the page watch, outside of React's tree. */
import { useSyncExternalStore } from "react";

export interface Watched<T> {
  readonly get: () => T;
  readonly set: (next: T | ((was: T) => T)) => void;
  readonly watch: (listener: () => void) => () => void;
}

export function watched<T>(first: T): Watched<T> {
  let value = first;
  const listeners = new Set<() => void>();
  return {
    get: () => value,
    set: (next) => {
      const made = typeof next === "function" ? (next as (was: T) => T)(value) : next;
      if (Object.is(made, value)) return;
      value = made;
      for (const listener of listeners) listener();
    },
    watch: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

export const useWatched = <T>(store: Watched<T>): T => useSyncExternalStore(store.watch, store.get);

/** What this browser remembers; a private window may refuse, and then nothing is remembered. */
export function remember(key: string, value: string | null, storage: "local" | "session" = "local"): void {
  try {
    const place = storage === "local" ? localStorage : sessionStorage;
    if (value === null) place.removeItem(key);
    else place.setItem(key, value);
  } catch {
    // Nothing is lost but the memory.
  }
}

export function recall(key: string, storage: "local" | "session" = "local"): string | null {
  try {
    return (storage === "local" ? localStorage : sessionStorage).getItem(key);
  } catch {
    return null;
  }
}
