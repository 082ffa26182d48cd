/** Events as text from a thread of their own: the same as here, damage and the end of the store among it. */
import type { RunEventInput } from "@holdfast/core";
import { openSqliteStore } from "@holdfast/store-sqlite";
import { expect, onTestFinished, test } from "vitest";
import { openDatabase } from "./driver.js";
import { startRun, testFolder } from "./testing/processes.js";

const LONG = 1_000;
const log = (i: number): RunEventInput => ({ type: "log", data: { stage: "a", attempt: 1, message: `line ${i}` } });

/** A store with a run of so many lines. */
async function openTalk(count: number) {
  const file = `${testFolder()}/runs.db`;
  const store = await openSqliteStore({ file });
  onTestFinished(() => store.close());
  const fence = await startRun(store, "talk");
  await store.appendEvents(
    fence,
    Array.from({ length: count }, (_, i) => log(i)),
  );
  return { file, store, fence };
}

test("a long page has what this thread reads, and what a commit that was just answered wrote", async () => {
  const { store, fence } = await openTalk(600);
  for (let round = 0; round < 20; round++) {
    await store.appendEvents(fence, [log(round)]);
    const found = await store.listEventText(fence.runId, { after: 0, limit: LONG });
    expect(JSON.parse(found.json)).toEqual(await store.listEvents(fence.runId, { after: 0, limit: LONG }));
    expect(found).toMatchObject({ count: 603 + round, lastSeq: 603 + round, isOfRun: true, isLast: true });
  }
});

test("a body that is no JSON is named, as where events are read one by one", async () => {
  const { file, store, fence } = await openTalk(300);
  const db = openDatabase(file);
  db.exec("UPDATE event_row SET body = '{\"attempt\":1,' WHERE seq = 150");
  db.close();
  for (const limit of [200, LONG]) {
    const failed = await store.listEvents(fence.runId, { after: 0, limit }).catch((error: unknown) => error);
    expect(failed).toMatchObject({ code: "STORE_CORRUPT" });
    await expect(store.listEventText(fence.runId, { after: 0, limit })).rejects.toEqual(failed);
  }
  expect(await store.listEventText(fence.runId, { after: 150, limit: LONG })).toMatchObject({
    count: 152,
    isLast: true,
  });
});

test("a store that is closed while a page is read is closed all the same", async () => {
  const { store, fence } = await openTalk(600);
  const reading = Array.from({ length: 5 }, () => store.listEventText(fence.runId, { after: 0, limit: LONG }));
  await store.close();
  for (const { status, ...rest } of await Promise.allSettled(reading)) {
    if (status === "rejected") expect(rest).toMatchObject({ reason: { code: "STORE_CLOSED" } });
    else expect(rest).toMatchObject({ value: { count: 602 } });
  }
  await expect(store.listEventText(fence.runId, { after: 0, limit: LONG })).rejects.toMatchObject({
    code: "STORE_CLOSED",
  });
});
