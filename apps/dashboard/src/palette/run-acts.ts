/** What can be done to a run in its state, as commands. What ends it or begins it anew is asked about first. Pure. */
import { CirclePause, CirclePlay, CircleSlash, GitFork, type LucideIcon, RotateCcw } from "lucide-react";
import type { Run } from "../api/types.js";

export type RunAct = "pause" | "plan" | "cancel" | "restart" | "fork";

interface Command {
  readonly act: RunAct;
  readonly name: string;
  readonly icon: LucideIcon;
  readonly key?: string;
}

export function runActs({ status, wish }: Pick<Run, "status" | "wish">): readonly Command[] {
  const isActive = status === "running" || status === "queued" || status === "waiting";
  const isOver = !isActive;
  return [
    ...(isActive && wish === null
      ? [
          { act: "pause", name: "Pause", icon: CirclePause, key: "p" } as const,
          { act: "cancel", name: "Cancel…", icon: CircleSlash } as const,
        ]
      : []),
    ...(status === "paused" || status === "failed"
      ? [{ act: "plan", name: "Plan resume", icon: CirclePlay, key: "r" } as const]
      : []),
    ...(isOver ? [{ act: "restart", name: "Restart…", icon: RotateCcw } as const] : []),
    ...(status === "queued" ? [] : [{ act: "fork", name: "Fork…", icon: GitFork } as const]),
  ];
}
