/** An artifact store behind a process's gate: a dead process no longer reads or writes, a stopped one waits. */
import type { ArtifactStore } from "@holdfast/engine";
import type { VirtualProcess } from "./virtual-process.js";

/** Methods that answer from names only, without accessing the disk. */
const SYNCHRONOUS: readonly PropertyKey[] = [
  "path",
  "runFolder",
  "address",
  "findTexts",
] satisfies readonly (keyof ArtifactStore)[];

export function gateArtifacts(artifacts: ArtifactStore, process: VirtualProcess): ArtifactStore {
  return new Proxy(artifacts, {
    get(target, property) {
      const value = Reflect.get(target, property, target);
      if (typeof value !== "function" || SYNCHRONOUS.includes(property)) return value;
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
