/** A running run as fenced writes see it: locked by the fence, changed in memory, written once at the end of the transaction. */
import type { WishKind } from "@holdfast/core";

export interface HeldRun {
  readonly runK: number;
  readonly token: number;
  readonly nonce: string | null;
  readonly wish: WishKind | null;
  readonly generation: number;
  readonly holderK: number;
  nextSeq: number;
  beatAt: number;
  progressAt: number;
  updatedAt: number;
  openAttempts: number;
  stagesDone: number;
  hasRecord: number;
  hasProgressed: number;
  isReopening: number;
  deaths: number;
  label: string | null;
}

export const HELD_COLUMNS = `l.run_k AS "runK", l.phase, l.token, l.nonce, l.wish, l.generation, l.holder_k AS "holderK",
  l.next_seq AS "nextSeq", l.beat_at AS "beatAt", l.progress_at AS "progressAt", l.updated_at AS "updatedAt",
  l.open_attempts AS "openAttempts", l.stages_done AS "stagesDone", l.has_record AS "hasRecord",
  l.has_progressed AS "hasProgressed", l.is_reopening AS "isReopening", l.deaths, l.label`;
