/**
 * Lists the files that a `sources` input means, and checks whether they can be read. Only names and sizes are examined;
 * read-source.ts reads the contents.
 *
 * Synchronous on purpose: the input schema calls it when a run starts, and schemas may be checked synchronously.
 */
import { accessSync, constants, type Dirent, readdirSync, type Stats, statSync } from "node:fs";
import path from "node:path";
import { plural } from "holdfast/extend";
import { cleanText } from "../text/clean-text.js";
import { collapse } from "./blocks.js";

export const SOURCE_FORMATS = [".md", ".txt", ".html", ".csv", ".pdf"] as const;
export type SourceFormat = (typeof SOURCE_FORMATS)[number];

/** A passage index is held in memory. Beyond these limits it would no longer be small, and nobody reads such a deck. */
const FILE_BYTES_MAX = 25 * 1024 * 1024;
const FILES_MAX = 500;
/** Limit for a folder with its subfolders, since listing blocks the caller. No folder of sources is a tenth as large. */
const ENTRIES_MAX = 10_000;

export interface SourceFile {
  /** Path to read it from. */
  path: string;
  /** Name in citations: relative to the given folder, or the bare name of a given file. */
  name: string;
  format: SourceFormat;
  /** Whether the user named the file itself rather than its folder. */
  isNamed: boolean;
}

export interface SourceListing {
  files: SourceFile[];
  /** Files of a folder that are left out, with the reason. A file named by the user is never left out silently. */
  skipped: { name: string; reason: string }[];
  /** Problems that make the input unusable. Each names the path and the remedy. */
  problems: string[];
}

/** Returns one path or several as a list of absolute paths. */
export function toSourcePaths(sources: string | readonly string[]): string[] {
  return (typeof sources === "string" ? [sources] : [...sources]).map((one) => path.resolve(one));
}

export interface ListingOptions {
  /**
   * Leaves out an unusable file with its reason instead of rejecting the input, and distinguishes files with the same
   * name by a number. What remains a problem: a path that does not exist, a folder that cannot be listed, and no usable
   * file at all.
   */
  readonly isLenient?: boolean | undefined;
}

/** Lists the files behind the paths in a fixed order (by name), so that the same folder gives the same citations. */
export function listSources(
  sources: string | readonly string[],
  { isLenient = false }: ListingOptions = {},
): SourceListing {
  const listing: SourceListing = { files: [], skipped: [], problems: [] };
  for (const given of toSourcePaths(sources)) addGiven(given, listing, isLenient);
  if (isLenient) {
    nameApart(listing);
    if (listing.files.length === 0 && listing.problems.length === 0) {
      const seen = listing.skipped.map(({ name, reason }) => `${name} (${reason})`).slice(0, 5);
      listing.problems.push(`none of the files can be used: ${seen.join("; ")}`);
    }
    return listing;
  }
  if (listing.files.length > FILES_MAX) {
    listing.problems.push(
      `${plural(listing.files.length, "source file")} where ${FILES_MAX} are the most; give a smaller folder or name the files`,
    );
  }
  const names = new Map<string, string>();
  for (const file of listing.files) {
    const other = names.get(file.name);
    if (other !== undefined && other !== file.path) {
      listing.problems.push(
        `${other} and ${file.path} would both be cited as ${file.name}; rename one, or give the folder that holds both`,
      );
    }
    names.set(file.name, file.path);
  }
  return listing;
}

/** Uploads are named by people, and two of them may send "notes.txt". */
function nameApart({ files }: SourceListing): void {
  const counts = new Map<string, number>();
  for (const file of files) {
    const count = (counts.get(file.name) ?? 0) + 1;
    counts.set(file.name, count);
    if (count > 1) file.name = `${file.name} (${count})`;
  }
}

function addGiven(given: string, listing: SourceListing, isLenient: boolean): void {
  const found = inspect(given);
  if (typeof found === "string") {
    listing.problems.push(found);
    return;
  }
  if (!found.isDirectory()) {
    const problem = checkFile(given, found);
    if (problem !== null) refuse(listing, given, path.basename(given), problem, isLenient);
    else listing.files.push(toSourceFile(given, path.basename(given), true));
    return;
  }
  const before = listing.files.length;
  const problemsBefore = listing.problems.length;
  const seen = { entries: 0 };
  walk(given, "", listing, { seen, isLenient });
  if (seen.entries > ENTRIES_MAX) {
    listing.problems.push(
      `${given}: the folder holds more than ${ENTRIES_MAX} files and folders; give a smaller one, or name the files`,
    );
  }
  if (!isLenient && listing.files.length === before && listing.problems.length === problemsBefore) {
    const seen = listing.skipped.length > 0 ? ` (it holds ${plural(listing.skipped.length, "other file")})` : "";
    listing.problems.push(
      `${given}: the folder holds no source${seen}; put ${SOURCE_FORMATS.join(", ")} files there, or leave sources out`,
    );
  }
}

interface Walk {
  readonly seen: { entries: number };
  readonly isLenient: boolean;
}

function walk(root: string, below: string, listing: SourceListing, how: Walk): void {
  let entries: Dirent[];
  try {
    entries = readdirSync(path.join(root, below), { withFileTypes: true });
  } catch (error) {
    const folder = path.join(root, below);
    const problem = `${folder}: cannot be listed (${codeOf(error)}); allow reading it, or leave it out`;
    // If a subfolder fails, the rest can be used. If the named folder fails, nothing can.
    refuse(listing, folder, toCitedName(below), problem, how.isLenient && below !== "");
    return;
  }
  entries.sort((a, b) => (a.name < b.name ? -1 : 1));
  for (const entry of entries) {
    if (++how.seen.entries > ENTRIES_MAX) return;
    const name = below === "" ? entry.name : `${below}/${entry.name}`;
    const full = path.join(root, name);
    const skip = (reason: string) => listing.skipped.push({ name: toCitedName(name), reason });
    if (entry.name.startsWith(".")) {
      skip("hidden (its name begins with a dot); name the file itself to use it");
    } else if (entry.isDirectory()) {
      walk(root, name, listing, how);
    } else if (/^readme(\.|$)/i.test(entry.name)) {
      skip("a folder's README describes the folder and is no source; name the file itself to use it");
    } else if (entry.isSymbolicLink() && isFolder(full)) {
      skip("a link to a folder; name that folder to use it");
    } else if (formatOf(entry.name) === null) {
      skip(`unsupported format; supported are ${SOURCE_FORMATS.join(", ")}`);
    } else {
      const found = inspect(full);
      const problem = typeof found === "string" ? found : checkFile(full, found);
      if (problem !== null) refuse(listing, full, toCitedName(name), problem, how.isLenient);
      else listing.files.push(toSourceFile(full, name, false));
    }
  }
}

/** Records an unusable file: as a problem of the input, or as left out with its reason. */
function refuse(listing: SourceListing, file: string, name: string, problem: string, isLenient: boolean): void {
  if (isLenient) listing.skipped.push({ name, reason: problem.replace(`${file}: `, "") });
  else listing.problems.push(problem);
}

function toSourceFile(file: string, name: string, isNamed: boolean): SourceFile {
  return { path: file, name: toCitedName(name), format: formatOf(file) as SourceFormat, isNamed };
}

/** Returns a one-line name that every writer can handle: file systems allow control characters and line breaks in names. */
function toCitedName(name: string): string {
  return collapse(cleanText(name));
}

function isFolder(target: string): boolean {
  const found = inspect(target);
  return typeof found !== "string" && found.isDirectory();
}

/** Returns the file status at the path, or a sentence that says why it cannot be used. */
function inspect(target: string): Stats | string {
  try {
    const stats = statSync(target);
    accessSync(target, stats.isDirectory() ? constants.R_OK | constants.X_OK : constants.R_OK);
    return stats;
  } catch (error) {
    const code = codeOf(error);
    if (code === "ENOENT" || code === "ENOTDIR") return `${target}: no such file or folder; correct the path`;
    return `${target}: cannot be read (${code}); allow reading it, or leave it out`;
  }
}

function checkFile(file: string, stats: Stats): string | null {
  if (!stats.isFile()) return `${file}: is neither a file nor a folder; give a file`;
  if (formatOf(file) === null) {
    const format = path.extname(file) || "no extension";
    return `${file}: unsupported format (${format}); convert it to one of ${SOURCE_FORMATS.join(", ")}`;
  }
  if (stats.size === 0) return `${file}: the file is empty; fill it, or leave it out`;
  if (stats.size > FILE_BYTES_MAX) {
    return `${file}: ${stats.size} bytes where ${FILE_BYTES_MAX} are the most; split it, or leave it out`;
  }
  return null;
}

function formatOf(file: string): SourceFormat | null {
  const extension = path.extname(file).toLowerCase();
  if (extension === ".htm") return ".html";
  if (extension === ".markdown") return ".md";
  return SOURCE_FORMATS.find((format) => format === extension) ?? null;
}

function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error ? String(error.code) : "unknown error";
}
