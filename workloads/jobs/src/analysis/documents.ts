// Finds the documents that an input means: files by name, in a fixed order. Only names and sizes are examined. Unusable
// files are left out with a reason; a job is refused only if nothing is usable or a path does not exist. Synchronous on
// purpose, since the input's schema runs it when a job starts.
import { accessSync, constants, type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { cleanText, collapse } from "@holdfast/workload-kit/sources";

/** Read as text, in pieces. */
const TEXT_FORMATS: readonly string[] = [".txt", ".text", ".md", ".markdown", ".csv", ".log"];
/** Read whole, in a separate process. */
const PARSED_FORMATS: readonly string[] = [".html", ".htm", ".pdf"];
export const DOCUMENT_FORMATS: readonly string[] = [...TEXT_FORMATS, ...PARSED_FORMATS];

/** A longer list would take too long to examine at a job's start, and nobody would read its results. */
const DOCUMENTS_MAX = 20_000;
/** Maximum entries of a folder, including its subfolders. */
const ENTRIES_MAX = 100_000;
/** Text is streamed, so this only bounds the time to some minutes. */
const TEXT_BYTES_MAX = 2 * 1024 ** 3;
/** Limit of the reading process. */
const PARSED_BYTES_MAX = 25 * 1024 ** 2;

export interface DocumentFile {
  /** Path to read it from. */
  readonly path: string;
  /** Unique name in results: relative to the given folder, or the bare name of a given file. */
  readonly name: string;
  readonly bytes: number;
  readonly isParsed: boolean;
}

export interface DocumentListing {
  readonly files: DocumentFile[];
  readonly leftOut: { name: string; reason: string }[];
  /** Problems that make the input unusable. */
  readonly problems: string[];
}

export function listDocuments(given: string | readonly string[]): DocumentListing {
  const listing: DocumentListing = { files: [], leftOut: [], problems: [] };
  const seen = { entries: 0 };
  for (const one of [given].flat()) addGiven(path.resolve(one), listing, seen);
  if (seen.entries > ENTRIES_MAX)
    listing.problems.push(`more than ${ENTRIES_MAX} files and folders; give a smaller folder`);
  if (listing.files.length > DOCUMENTS_MAX)
    listing.problems.push(
      `${listing.files.length} documents where ${DOCUMENTS_MAX} are the most; give a smaller folder`,
    );
  if (listing.files.length === 0 && listing.problems.length === 0) {
    const why = listing.leftOut.slice(0, 5).map(({ name, reason }) => `${name} (${reason})`);
    listing.problems.push(
      why.length === 0 ? "the folder is empty" : `none of the files can be used: ${why.join("; ")}`,
    );
  }
  return { ...listing, files: nameApart(listing.files) };
}

/** Uploads are named by people, and two of them may send "notes.txt". */
function nameApart(files: readonly DocumentFile[]): DocumentFile[] {
  const counts = new Map<string, number>();
  return files.map((file) => {
    const count = (counts.get(file.name) ?? 0) + 1;
    counts.set(file.name, count);
    return count === 1 ? file : { ...file, name: `${file.name} (${count})` };
  });
}

function addGiven(given: string, listing: DocumentListing, seen: { entries: number }): void {
  const found = inspect(given);
  if (typeof found === "string") listing.problems.push(`${given}: ${found}`);
  else if (found.isDirectory()) walk(given, "", listing, seen);
  else addFile(given, path.basename(given), found, listing);
}

function walk(root: string, below: string, listing: DocumentListing, seen: { entries: number }): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(path.join(root, below), { withFileTypes: true });
  } catch (error) {
    const reason = `the folder cannot be listed (${codeOf(error)})`;
    if (below === "") listing.problems.push(`${root}: ${reason}`);
    else listing.leftOut.push({ name: cited(below), reason });
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (++seen.entries > ENTRIES_MAX) return;
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    const full = path.join(root, name);
    if (entry.name.startsWith("."))
      listing.leftOut.push({ name: cited(name), reason: "hidden: its name begins with a dot" });
    else if (entry.isDirectory()) walk(root, name, listing, seen);
    else {
      const found = inspect(full);
      if (typeof found === "string") listing.leftOut.push({ name: cited(name), reason: found });
      else if (found.isDirectory())
        listing.leftOut.push({ name: cited(name), reason: "a link to a folder; name that folder to use it" });
      else if (/^readme(\.|$)/i.test(entry.name))
        listing.leftOut.push({ name: cited(name), reason: "a README describes the folder" });
      else addFile(full, name, found, listing);
    }
  }
}

function addFile(file: string, name: string, found: Stats, listing: DocumentListing): void {
  const reason = whyNot(file, found);
  const shown = cited(name);
  if (reason !== null) listing.leftOut.push({ name: shown, reason });
  else listing.files.push({ path: file, name: shown, bytes: found.size, isParsed: isParsed(file) });
}

function whyNot(file: string, found: Stats): string | null {
  if (!found.isFile()) return "it is no file";
  const format = path.extname(file).toLowerCase();
  if (!DOCUMENT_FORMATS.includes(format))
    return `unsupported format (${format || "no extension"}); supported are ${DOCUMENT_FORMATS.join(", ")}`;
  if (found.size === 0) return "it is empty";
  const most = isParsed(file) ? PARSED_BYTES_MAX : TEXT_BYTES_MAX;
  return found.size > most ? `${found.size} bytes where ${most} are the most` : null;
}

const isParsed = (file: string) => PARSED_FORMATS.includes(path.extname(file).toLowerCase());

function inspect(target: string): Stats | string {
  try {
    const found = statSync(target);
    accessSync(target, found.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    return found;
  } catch (error) {
    const code = codeOf(error);
    return code === "ENOENT" || code === "ENOTDIR" ? "no such file or folder" : `it cannot be read (${code})`;
  }
}

/** Returns one line without control characters, which some file systems allow in names. */
const cited = (name: string) => collapse(cleanText(name));

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
