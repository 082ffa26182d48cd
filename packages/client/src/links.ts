/**
 * A link: one way to receive changes of runs. There are three, tried in this order: Socket.IO over WebSocket, a stream of events
 * over HTTP, and polling. All deliver the same frames, and none has to be reliable: missing events are requested by number.
 */
import type { EventFrame, ProgressFrame, PushedRow, SyncAnswer } from "@holdfast/protocol";

export type LinkKind = "socket" | "stream" | "poll";

/** What every kind of link delivers. */
export interface LinkEvents {
  readonly onEvents: (runId: string, epoch: number, head: number, events: readonly EventFrame[]) => void;
  readonly onProgress: (frame: ProgressFrame) => void;
  readonly onHead: (runId: string, epoch: number, head: number) => void;
  /** The run must be synced again. */
  readonly onLagging: (runId: string) => void;
  readonly onGone: (runId: string) => void;
  readonly onRows: (rows: readonly PushedRow[]) => void;
  /** Runs may have changed without a notification: lists are reloaded. */
  readonly onUnknownRows: () => void;
  /** The server is alive, although it had nothing to send. */
  readonly onHeard: () => void;
  /** The link is open: all watches are synced. */
  readonly onUp: () => void;
  /** `isRefused`: the credential is not, or no longer, valid. `retryInMs`: when the server asks the client to reconnect. */
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
  /** Joins the run, and requests the events after `after`. Rejects if the link is down. */
  sync(wish: SyncWish): Promise<SyncAnswer>;
  leave(runId: string): void;
  /** Starts or stops receiving rows of the lists. */
  watchRows(user: string | null): void;
  close(): void;
}
