/** Work that writes a file and is no run: Ctrl-C ends it at once, cleanly, with nothing left half-done. */
import { exitCodeOfSignal, type StopSignalName } from "./signals.js";

/** Runs `work` with a signal that Ctrl-C and SIGTERM abort; answers its exit code, or the signal's when it was aborted. */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const stopping = new AbortController();
  let stoppedBy: StopSignalName | null = null;
  const listeners = (["SIGINT", "SIGTERM"] as const).map((name) => {
    const onSignal = () => {
      stoppedBy ??= name;
      stopping.abort();
    };
    process.on(name, onSignal);
    return () => process.off(name, onSignal);
  });
  try {
    return await work(stopping.signal);
  } catch (thrown) {
    if (stoppedBy === null) throw thrown;
    return exitCodeOfSignal(stoppedBy);
  } finally {
    for (const stop of listeners) stop();
  }
}
