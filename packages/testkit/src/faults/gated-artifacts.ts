/** An artifact store behind a process's gate: a dead process writes and reads nothing any more, a stopped one waits. */
import type { ArtifactStore } from "@holdfast/engine";
import type { VirtualProcess } from "./virtual-process.js";

/** These answer at once, from what they are given: no disk is asked. */
const SYNCHRONOUS: ReadonlySet<PropertyKey> = new Set(["path", "runFolder"]);

export function gateArtifacts(artifacts: ArtifactStore, process: VirtualProcess): ArtifactStore {
  return new Proxy(artifacts, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function" || SYNCHRONOUS.has(property)) return value;
      return (...args: unknown[]) =>
        new Promise((resolve, reject) => {
          process.startCall(() => {
            (value.apply(target, args) as Promise<unknown>).then(
              (result) => process.deliver(() => resolve(result)),
              (error) => process.deliver(() => reject(error)),
            );
          });
        });
    },
  });
}
