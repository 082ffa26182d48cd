/**
 * A long stage that saves its state: when interrupted, it continues from its checkpoint instead of its beginning.
 *
 *   npx jiti examples/checkpoint.ts
 */
import { defineWorkflow, openHoldfast } from "holdfast";
import { z } from "zod";

const PAGES = [
  ["low", "tide"],
  ["high", "tide"],
  ["spring", "tide"],
  ["neap", "tide"],
];
let readCount = 0;
/** Called once, after page 2. In practice this is Ctrl-C, a full disk or a power failure. */
let interrupt: (() => void) | null = null;

const count = defineWorkflow({
  name: "count-words",
  input: z.object({}),
  stages: ["count"],
  run: ({ stage }) =>
    stage(
      "count",
      { checkpoint: z.object({ page: z.number(), words: z.record(z.string(), z.number()) }) },
      async ({ checkpoint, progress, signal }) => {
        const state = (await checkpoint.get()) ?? { page: 0, words: {} };
        while (state.page < PAGES.length) {
          signal.throwIfAborted(); // pause, cancel, shutdown: leave here, the checkpoint stays
          for (const word of PAGES[state.page] ?? []) state.words[word] = (state.words[word] ?? 0) + 1;
          readCount += 1;
          state.page += 1;
          await checkpoint.save(state); // from here on this page is never read again
          progress(state.page, PAGES.length, `page ${state.page}`);
          if (state.page === 2) interrupt?.();
        }
        return state.words;
      },
    ),
});

await using holdfast = await openHoldfast({ workflows: [count] });
const here = await holdfast.startHere(count, {});
interrupt = () => here.abort();
await here.done;
interrupt = null;
console.log(`${(await here.handle.status()).status} after ${readCount} pages`);

const again = await holdfast.resumeHere(here.handle.id);
await again.done;
console.log(`${JSON.stringify(await here.handle.result())} after ${readCount} pages of ${PAGES.length}`);
