/** Children, continuing and published values in a rehearsal: answered from the record, or not at all. Nothing is started or written. */
import { silently } from "../run/stray.js";
import { asChildFailure } from "../wait/child-functions.js";

/** `wait`: the call of a wait, which never ends without a record. */
export const rehearsedChildren = (wait: (name: string) => Promise<unknown>) => ({
  child: silently((name: string) => wait(name).catch((error: unknown) => Promise.reject(asChildFailure(error)))),
  startChild: silently(wait),
  continueAs: () => new Promise<never>(() => {}),
  publish: async () => {},
});
