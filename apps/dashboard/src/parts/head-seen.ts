/** Whether the head of a run's page is in sight: while it is, the strip at the foot would say everything twice. */
import { useEffect, useState } from "react";
import { useWatched, watched } from "./store.js";

const isSeen = watched(true);

export const useIsHeadSeen = (): boolean => useWatched(isSeen);

/** A ref for the head. */
export function useHeadSeen(): (element: HTMLElement | null) => void {
  const [head, setHead] = useState<HTMLElement | null>(null);
  useEffect(() => {
    if (head === null) return;
    const watch = new IntersectionObserver(([entry]) => isSeen.set(entry?.isIntersecting ?? true));
    watch.observe(head);
    return () => {
      watch.disconnect();
      isSeen.set(true);
    };
  }, [head]);
  return setHead;
}
