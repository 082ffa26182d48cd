import { expect, test } from "vitest";
import { detectSpam } from "../local/spam-rules.js";
import { narrativesOf } from "../narratives/items.js";
import type { Prediction } from "../score/confusion.js";
import { scorePredictions } from "../score/report.js";
import { listMails, MAIL_COUNT, MAIL_DATA_COLUMNS, readMails } from "./corpus.js";

/** All take 10 s of processor time: `LONG=1` reads them. */
const READ_MAX = process.env.LONG === "1" ? MAIL_COUNT : 1_200;

test("the corpus gives its mails as two items each, mixed and unmarked, and the rules find most of the spam in bodies", async () => {
  const predictions: Prediction[] = [];
  let mails = 0;
  let spamAmongFirst = 0;
  for await (const row of readMails({ max: READ_MAX })) {
    mails++;
    if (mails <= 1_000) spamAmongFirst += row.spam_manual;
    expect(row.mail_id).toMatch(/^mail-\d{5}$/);
    // People write *about* filters and their headers, which is text. The collector's own domain is not.
    expect(`${row.subject}\n${row.body}`).not.toMatch(/taint\.org/i);
    for (const { key, type, text, label } of narrativesOf({ ...row }, MAIL_DATA_COLUMNS)) {
      predictions.push({ key, type, label, predicted: detectSpam(text, type).spam_detected });
    }
  }
  expect(await listMails()).toHaveLength(MAIL_COUNT);
  expect(mails).toBe(READ_MAX);
  expect(predictions).toHaveLength(2 * READ_MAX);
  expect(new Set(predictions.map(({ key }) => key)).size).toBe(2 * READ_MAX);
  // 1,896 of 6,046 are spam: 31 %. Unmixed, the first thousand would hold none.
  expect(spamAmongFirst).toBeGreaterThan(250);
  expect(spamAmongFirst).toBeLessThan(380);
  const { byType } = await scorePredictions(predictions);
  expect(byType.body?.f1.value).toBeGreaterThan(0.8);
  expect(byType.subject?.f1.value).toBeGreaterThan(0.5);
});

test("an abort takes effect between two mails", async () => {
  const abort = new AbortController();
  const reading = readMails({ signal: abort.signal });
  await reading.next();
  abort.abort(new Error("stopped"));
  await expect(reading.next()).rejects.toThrow("stopped");
});
