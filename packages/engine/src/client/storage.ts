/** `holdfast.storage`: what can be asked of the store and done with it as a whole. */

import type { StorageMaintenance } from "../dataset/storage-facade.js";
import { backupStore, compactStore } from "../manage/dataset-ends.js";
import type { Engine } from "../opened/engine.js";
import { checkOptions, FACTS } from "./option-names.js";

export function makeStorageMaintenance(opened: Engine): StorageMaintenance {
  const { store } = opened.deps;
  const storage: StorageMaintenance = {
    facts: (options) => store.facts(options),
    examine: (options) => store.examine(options),
    backup: (file) => backupStore(opened, file),
    probe: () => store.probe(),
    limitations: () => store.limitations?.() ?? [],
    checkArtifacts: () => opened.deps.artifacts.check(),
    compact: () => compactStore(opened),
  };
  return checkOptions("storage.", storage, { facts: [0, FACTS], examine: [0, FACTS] });
}
