/** `holdfast.storage`: what can be asked of the store and done with it as a whole. */
import type { Store } from "@holdfast/core";
import type { StorageMaintenance } from "../storage-facade.js";
import { checkOptions, FACTS } from "./option-names.js";

export function makeStorageMaintenance(store: Store): StorageMaintenance {
  const storage: StorageMaintenance = {
    facts: (options) => store.facts(options),
    backup: (file) => store.backup(file),
    probe: () => store.probe(),
  };
  return checkOptions("storage.", storage, { facts: [0, FACTS] });
}
