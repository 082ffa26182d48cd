/** The browser's tab says how the run is: "▶ 41 % run-norway", with an icon of its state. */
import { useEffect } from "react";
import type { Run } from "../api/types.js";
import { shareOf } from "../parts/progress.js";
import { useTitle } from "../tab/use-title.js";
import { percent } from "../words/numbers.js";

const MARKS = {
  queued: "…",
  running: "▶",
  waiting: "◷",
  paused: "⏸",
  completed: "✓",
  failed: "✕",
  cancelled: "–",
} as const;
const COLOURS = {
  queued: "#6b7780",
  running: "#2563d8",
  waiting: "#6b7780",
  paused: "#b5760f",
  completed: "#2f9c8c",
  failed: "#cf2a22",
  cancelled: "#6b7780",
} as const;

export function useRunTitle(run: Run): void {
  const share = run.status === "running" ? shareOf(run.progress) : null;
  const mark = run.status === "running" && run.health.stuck ? "!" : MARKS[run.status];
  // The word of a run's input says more than the end of its id, but ids are what people copy.
  useTitle(`${mark}${share === null ? "" : ` ${percent(Math.floor(share * 100) / 100)}`} ${run.id}`);
  const { status } = run;
  useEffect(() => {
    const link = document.querySelector<HTMLLinkElement>("link[rel=icon]");
    if (link === null) return;
    const before = link.href;
    const icon = drawIcon(COLOURS[status]);
    let isGone = false;
    icon?.then((url) => {
      if (!isGone) link.href = url;
    });
    return () => {
      isGone = true;
      if (link.href.startsWith("blob:")) URL.revokeObjectURL(link.href);
      link.href = before.startsWith("blob:") ? "./icon.svg" : before;
    };
  }, [status]);
}

/** A disc of the state's colour: an image of our own, as a blob, which the policy allows. */
function drawIcon(colour: string): Promise<string> | null {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 32;
  const paint = canvas.getContext("2d");
  if (paint === null) return null;
  paint.fillStyle = colour;
  paint.beginPath();
  paint.arc(16, 16, 13, 0, Math.PI * 2);
  paint.fill();
  return new Promise((resolve) =>
    canvas.toBlob((blob) => resolve(blob === null ? "./icon.svg" : URL.createObjectURL(blob))),
  );
}
