/**
 * The server's own supervisor, in addition to its worker's: started with the server or over HTTP, stopped over HTTP or with
 * the server. A server has at most one; starting it twice, or stopping it when there is none, changes nothing.
 */
import type { Actor } from "@holdfast/core";
import type { Holdfast, SuperviseEvent, SupervisorHandle } from "@holdfast/engine";

export interface SupervisorState {
  readonly isSupervising: boolean;
  /** Milliseconds UTC; null while none runs here. */
  readonly startedAt: number | null;
  readonly lastScanAt: number | null;
}

export class ServerSupervisor {
  private handle: SupervisorHandle | null = null;
  /** One start or stop after the other, so that two requests at once do not start two. */
  private changing: Promise<void> = Promise.resolve();
  private breakServer!: (defect: unknown) => void;
  /** Rejects when a defect ended the supervisor; never resolves. */
  readonly broken = new Promise<never>((_, reject) => {
    this.breakServer = reject;
  });

  constructor(
    private readonly holdfast: Holdfast,
    private readonly onSupervise: (event: SuperviseEvent) => void,
    private readonly stopping: AbortSignal,
  ) {
    // Who asked for the server looks at it; a server that nobody looks at must not end its process.
    this.broken.catch(() => {});
  }

  /** Resolves after the first scan. `acting` is the Holdfast of whoever asks. */
  start(acting: Holdfast = this.holdfast): Promise<void> {
    return this.change(async () => {
      if (this.isRunning || this.stopping.aborted) return;
      const { onSupervise, stopping: signal } = this;
      const handle = await acting.startSupervisor({ onSupervise, signal });
      handle.done.catch(this.breakServer);
      this.handle = handle;
    });
  }

  /** `by` is who asked; null when the server itself stops. */
  stop(by: Actor | null = null): Promise<void> {
    return this.change(async () => {
      const { handle } = this;
      this.handle = null;
      // Why it ended is told through `broken`.
      await handle?.stop(by === null ? {} : { by }).catch(() => {});
    });
  }

  get state(): SupervisorState {
    const status = this.isRunning ? this.handle?.status() : undefined;
    const { startedAt = null, lastScanAt = null } = status ?? {};
    return { isSupervising: status !== undefined, startedAt, lastScanAt };
  }

  private get isRunning(): boolean {
    return this.handle !== null && !this.handle.status().isStopped;
  }

  private change(work: () => Promise<void>): Promise<void> {
    const changed = this.changing.then(work);
    this.changing = changed.catch(() => {});
    return changed;
  }
}
