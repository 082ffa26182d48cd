/** Whether the plan of a resume is shown: asked for by a key, a button at the head, a toast, or the banner. */
import { useWatched, watched } from "../tab/store.js";

interface Open {
  readonly isOpen: boolean;
  /** Which failed items, in the words of a resume; undefined is what is missing. */
  readonly only?: string | { readonly keys: readonly string[] } | undefined;
  /** What of it is said. */
  readonly label?: string | undefined;
}

const plan = watched<Open>({ isOpen: false });
export const usePlanOpen = (): Open => useWatched(plan);
export const openPlan = (only?: Open["only"], label?: string): void => {
  plan.set({ isOpen: true, only, label });
  requestAnimationFrame(() => document.getElementById("plan")?.scrollIntoView({ block: "nearest" }));
};
export const closePlan = (): void => plan.set({ isOpen: false });
