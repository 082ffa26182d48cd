/** The heap of this command's processes: the worker and its children. */
import { setFlagsFromString } from "node:v8";

/**
 * V8 sizes its heap by the machine: with memory to spare it lets 100 MB of garbage gather before it looks. A process here
 * may run for days beside others, and what it waits for is a disk or a model: a tenth more work of its own is little.
 */
export function keepHeapSmall(): void {
  setFlagsFromString("--optimize-for-size");
}
