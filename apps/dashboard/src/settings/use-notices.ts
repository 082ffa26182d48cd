/** One quiet notice of the browser when more runs need a person than before, while the tab is in the background. */
import { useEffect, useRef } from "react";
import { useAttention } from "../live/use-attention.js";
import { counted } from "../words/numbers.js";
import { useNotifying } from "./preferences.js";

export function useNotices(): void {
  const { count, isRead } = useAttention();
  const isOn = useNotifying();
  const before = useRef<number | null>(null);
  useEffect(() => {
    if (!isRead) return;
    const was = before.current;
    before.current = count;
    if (!isOn || was === null || count <= was || !document.hidden) return;
    new Notification("Holdfast", {
      body: `${counted(count, "run")} ${count === 1 ? "needs" : "need"} you`,
      tag: "holdfast-attention",
      silent: true,
    });
  }, [count, isOn, isRead]);
}
