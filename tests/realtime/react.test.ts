/** The hooks in a real React, in strict mode, with a run that is being executed. */
import { createHoldfastClient } from "@holdfast/client";
import {
  HoldfastProvider,
  type JobProgress,
  useConnection,
  useJobProgress,
  useRun,
  useRuns,
} from "@holdfast/client/react";
import { createElement, StrictMode } from "react";
import { act, create, type ReactTestRenderer } from "react-test-renderer";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openWorld, tokenOf, type World } from "./world.js";

(globalThis as { IS_REACT_ACT_ENVIRONMENT?: boolean }).IS_REACT_ACT_ENVIRONMENT = true;

let world: World;
beforeAll(async () => {
  world = await openWorld();
});
afterAll(() => world[Symbol.asyncDispose]());

test("a run, a list and a bar of progress follow a run to its end, and unmounting leaves its room", async () => {
  await world.start("shown");
  const client = createHoldfastClient({ url: world.url, token: tokenOf("ann") });
  const seen: { progress?: JobProgress; states: Set<string>; rows?: string; connection?: string } = {
    states: new Set(),
  };
  const Page = () => {
    const run = useRun("shown");
    seen.states.add(`${run.kind} ${run.run?.status}`);
    seen.progress = useJobProgress("shown");
    seen.rows = useRuns({ owner: "ann" })
      .rows.map(({ id, status }) => `${id} ${status}`)
      .join(", ");
    seen.connection = useConnection().kind;
    return null;
  };
  const page = createElement(StrictMode, null, createElement(HoldfastProvider, { client }, createElement(Page)));
  let shown: ReactTestRenderer | undefined;
  await act(async () => {
    shown = create(page);
  });
  const settled = (fits: () => boolean) => act(() => expect.poll(fits, { timeout: 60_000 }).toBe(true));
  await settled(() => seen.progress?.status === "running" && seen.rows === "shown running");
  expect(seen.connection).toBe("live");
  world.finish("shown");
  await settled(() => seen.progress?.percent === 100 && seen.rows === "shown completed");
  expect(seen.progress).toMatchObject({ status: "completed", error: null });
  expect([...seen.states]).toEqual(["loading undefined", "ready running", "ready completed"]);
  await act(async () => shown?.unmount());
  client.close();
});
