/** Who did what and why, as it is handed to the store with a change. */
import type { AuditAction, AuditStamp } from "@holdfast/core";
import type { Engine } from "../opened/engine.js";

export function stampOf(opened: Engine, action: AuditAction, reason: string | null | undefined): AuditStamp {
  return { actor: opened.actor, action, reason: reason ?? null };
}

/**
 * A start is audited where somebody asked for it through the command or HTTP. A program that enqueues twenty thousand
 * runs through the library writes no entries: `run.created` is their record.
 */
export function startStampOf(opened: Engine): AuditStamp | null {
  const { via } = opened.actor;
  return via === "cli" || via === "http" ? stampOf(opened, "start", null) : null;
}
