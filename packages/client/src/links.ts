/**
 * A link: one way of hearing about runs. There are three, tried in this order: Socket.IO over WebSocket, a stream of events
 * over HTTP, and asking again and again. All of them bring the same frames, and none of them has to be trusted: what is missing
 * is asked for by number.
 */
import type { EventFrame, ProgressFrame, PushedRow, SyncAnswer } from "@holdfast/protocol";

export type LinkKind = "socket" | "stream" | "poll";

/** What a link brings, whatever it is made of. */
export interface LinkEvents {
  readonly onEvents: (runId: string, epoch: number, head: number, events: readonly EventFrame[]) => void;
  readonly onProgress: (frame: ProgressFrame) => void;
  readonly onHead: (runId: string, epoch: number, head: number) => void;
  /** The run must be synced again. */
  readonly onLagging: (runId: string) => void;
  readonly onGone: (runId: string) => void;
  readonly onRows: (rows: readonly PushedRow[]) => void;
  /** Runs may have moved that nobody told of: lists are asked for again. */
  readonly onUnknownRows: () => void;
  /** The server lives, though it had nothing to tell. */
  readonly onHeard: () => void;
  /** The link is open: everything that is watched is synced. */
  readonly onUp: () => void;
  /** `isRefused`: the credential does not count (any more). `retryInMs`: when the server asks to come back. */
  readonly onDown: (why: { readonly isRefused: boolean; readonly retryInMs: number | null }) => void;
}

export interface SyncWish {
  readonly runId: string;
  readonly after: number | null;
  readonly epoch: number | null;
  readonly wantsEvery: boolean;
}

export interface Link {
  readonly kind: LinkKind;
  /** Joins the run, and asks for what follows `after`. Rejects where the link is down. */
  sync(wish: SyncWish): Promise<SyncAnswer>;
  leave(runId: string): void;
  /** Begins or ends to hear of rows of the lists. */
  watchRows(user: string | null): void;
  close(): void;
}
