/** The waits of a rehearsal: stages whose records answer, and which nothing ends. */
import type { Clock } from "@holdfast/core";
import { silently } from "../run/stray.js";
import { asChildFailure } from "../wait/child-functions.js";
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
  const children = {
    startChild: (name: string) => answer(name),
    child: (name: string) => answer(name).catch((error: unknown) => Promise.reject(asChildFailure(error))),
  };
  const all = { ...waits, ...children } as unknown as Readonly<Record<string, Call>>;
  return Object.fromEntries(Object.entries(all).map(([name, call]) => [name, silently(call)]));
}
