// Checks the file for a run's results before anything is computed. A folder, a table, a database of another kind and an
// unwritable path are refused with what they are.
import { randomBytes } from "node:crypto";
import { mkdir, open, rm, stat, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { WrongUseError } from "holdfast";
import { DatabaseError } from "../database/failure.js";
import { foreignProblem } from "../executor/schema.js";
import { SimulationProcess } from "./client.js";

/** Position and value of DuckDB's file signature. */
const MARK = { at: 8, text: "DUCK" } as const;
const HEAD_BYTES = 16;

/** Checks the path. @throws {WrongUseError} WRONG_USE, saying what is there instead and what to do. */
export async function checkTarget(file: string): Promise<void> {
  const found = await stat(file).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === "ENOENT") return null;
    if (cause.code === "ENOTDIR") return refuse(file, "lies below a file, not in a folder", "Choose another place");
    return refuse(file, `cannot be looked at (${cause.code ?? cause.message})`, "Choose another place");
  });
  if (found === null) return checkPlace(file);
  if (found.isDirectory()) refuse(file, "is a folder", `Name a file in it: ${join(file, "sim.duckdb")}`);
  if (!found.isFile()) refuse(file, "is no file", "Choose another name");
  const tables = await SimulationProcess.lookAt(file).catch((thrown: unknown) => {
    // The first stage waits for it, or reports the holder. It is not opened here: if this program has it open, closing
    // it again would drop its lock.
    if (thrown instanceof DatabaseError && thrown.failure.kind === "held") return "held";
    // The first bytes show whether a file is not a DuckDB database; the first stage reports a damaged one.
    return null;
  });
  if (tables === "held") return;
  checkHead(file, await readHead(file));
  const problem = tables === null ? null : foreignProblem(tables, file);
  if (problem !== null) throw new WrongUseError({ problem: `--db: ${problem}.` });
}

/** Checks the path of a file that does not exist yet: it must be possible to create one. */
async function checkPlace(file: string): Promise<void> {
  const folder = dirname(file);
  const trial = join(folder, `.holdfast-${randomBytes(6).toString("hex")}`);
  try {
    await mkdir(folder, { recursive: true });
    await writeFile(trial, "", { flag: "wx" });
    await rm(trial, { force: true });
  } catch (thrown) {
    const { code, message } = thrown as NodeJS.ErrnoException;
    // A full disk is not a wrong path: the run waits for space.
    if (code === "ENOSPC" || code === "EDQUOT") return;
    refuse(file, `cannot be made: ${folder} cannot be written (${code ?? message})`, "Choose another place");
  }
}

async function readHead(file: string): Promise<Buffer> {
  const handle = await open(file, "r+").catch((cause: NodeJS.ErrnoException) =>
    refuse(file, `cannot be written (${cause.code ?? cause.message})`, "Choose another file, or change its rights"),
  );
  try {
    const { buffer, bytesRead } = await handle.read(Buffer.alloc(HEAD_BYTES), 0, HEAD_BYTES, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await handle.close();
  }
}

function checkHead(file: string, head: Buffer): void {
  if (head.subarray(MARK.at, MARK.at + MARK.text.length).toString("latin1") === MARK.text) return;
  const text = head.toString("latin1");
  const kind = text.startsWith("SQLite format 3")
    ? "is an SQLite database"
    : text.startsWith("PAR1")
      ? "is a Parquet file"
      : text.startsWith("PK\u0003\u0004")
        ? "is a workbook or another archive"
        : head.length === 0
          ? "is empty"
          : "is not a valid DuckDB database";
  refuse(file, kind, "The results go into a DuckDB file: name a new one, or leave --db out");
}

function refuse(file: string, what: string, cure: string): never {
  throw new WrongUseError({ problem: `--db: ${file} ${what}, and nothing was changed. ${cure}.` });
}
