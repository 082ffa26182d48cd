/**
 * The keyboard: one map for the whole page. Single keys rest while a field has the focus or a dialog is open, and can be
 * switched off; none of them destroys anything. A page adds its own while it is shown.
 */
import { useEffect, useRef } from "react";
import { recall, remember, useWatched, watched } from "../parts/store.js";

export type KeyMap = Readonly<Record<string, (event: KeyboardEvent) => void>>;

const maps = new Set<{ readonly current: KeyMap }>();
const isOn = watched(recall("holdfast:single-keys") !== "off");
/** How long after `g` the second key may come. */
const CHORD_MS = 1_200;
let chordUntil = 0;

export const useSingleKeys = (): boolean => useWatched(isOn);
export function setSingleKeys(next: boolean): void {
  remember("holdfast:single-keys", next ? null : "off");
  isOn.set(next);
}

/** "x", "X", "g r", "Enter", "ArrowDown". */
export function useKeys(map: KeyMap): void {
  const current = useRef(map);
  current.current = map;
  useEffect(() => {
    maps.add(current);
    return () => void maps.delete(current);
  }, []);
}

function isTyping(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  const isText = target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
  return (
    isText || target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement || target.isContentEditable
  );
}

/** What has a meaning of its own on a focused control. */
const OWN = new Set(["Enter", " "]);

export function listenToKeys(): () => void {
  const onKey = (event: KeyboardEvent) => {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || !isOn.get()) return;
    if (isTyping(event.target) || document.querySelector("[role=dialog],[role=alertdialog],[role=menu]") !== null)
      return;
    const focused = event.target instanceof HTMLElement ? event.target.closest("a,button,summary,[role=option]") : null;
    if (focused !== null && OWN.has(event.key)) return;
    const isChord = event.timeStamp < chordUntil;
    const key = isChord ? `g ${event.key}` : event.key;
    chordUntil = !isChord && event.key === "g" ? event.timeStamp + CHORD_MS : 0;
    for (const { current } of [...maps].reverse()) {
      const act = current[key];
      if (act === undefined) continue;
      event.preventDefault();
      act(event);
      return;
    }
  };
  addEventListener("keydown", onKey);
  return () => removeEventListener("keydown", onKey);
}
