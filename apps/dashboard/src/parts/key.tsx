/** A key's cap beside what it does: for the eye; `aria-keyshortcuts` says it to others. */
import type { ReactNode } from "react";

const HIDDEN = { "aria-hidden": true } as const;

export function Key({ children }: { readonly children: ReactNode }) {
  return <kbd {...HIDDEN}>{children}</kbd>;
}
