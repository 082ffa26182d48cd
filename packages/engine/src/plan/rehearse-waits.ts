/** The waits of a rehearsal: stages whose records answer, and which nothing ends. */
import type { Clock } from "@holdfast/core";
import { silently } from "../run/stray.js";
import { makeWaits } from "../wait/wait-functions.js";
import type { Workflow } from "../workflow/define-workflow.js";

type Call = (...args: unknown[]) => Promise<unknown>;

/** `answer`: the recorded output of a stage, or never. */
export function rehearseWaits(
  workflow: Workflow,
  clock: Pick<Clock, "nowMs">,
  answer: (stage: string) => Promise<unknown>,
): Readonly<Record<string, Call>> {
  const waits = makeWaits({
    workflow,
    nowMs: () => clock.nowMs(),
    register: () => {},
    call: ({ stage }) => answer(stage),
    onMisfit: () => new Promise<never>(() => {}),
  });
  return Object.fromEntries(
    Object.entries(waits as unknown as Readonly<Record<string, Call>>).map(([name, call]) => [name, silently(call)]),
  );
}
