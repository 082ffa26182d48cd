/** The programs in docs/guide/testing.md are the tests beside this one, so they are known to pass. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

test.each(["invoice", "order"])("the guide shows %s.test.ts", (name) => {
  const shown = [...read("../../docs/guide/testing.md").matchAll(/```ts\n([\s\S]*?)```/g)].map(
    ([, program]) => program,
  );
  expect(shown).toContain(read(`./${name}.test.ts`));
});
