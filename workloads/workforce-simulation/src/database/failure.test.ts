/** DuckDB's messages in this and other versions, and their meaning. */
import { expect, test } from "vitest";
import { failureOf, isConflict } from "./failure.js";

test.each([
  [
    'IO Error: Could not set lock on file "/d/sim.duckdb": Conflicting lock is held in /usr/bin/node (PID 5106). See also https://duckdb.org/docs/stable/connect/concurrency',
    { kind: "held", pid: 5106 },
  ],
  [
    'IO Error: Could not set lock on file "/d/a.db": Conflicting lock is held in /usr/bin/python3.11 (deleted) (PID 7) by user ann.',
    { kind: "held", pid: 7 },
  ],
  [
    'IO Error: Could not set lock on file "/d/a.db": Conflicting lock is held in PID 0. See also …',
    { kind: "held", pid: null },
  ],
  ['IO Error: Could not set lock on file "/d/a.db": Resource temporarily unavailable', { kind: "held", pid: null }],
  [
    'IO Error: Cannot open file "c:\\a.db": The process cannot access the file because it is being used by another process.',
    { kind: "held", pid: null },
  ],
  ['IO Error: The file "/d/a.db" exists, but it is not a valid DuckDB database file!', { kind: "corrupt" }],
  ['IO Error: Cannot open file "/d/a.db": Permission denied', { kind: "readonly" }],
  ['IO Error: Could not write file "/d/a.db": No space left on device', { kind: "full" }],
  ["Out of Memory Error: could not allocate block of size 256.0 KiB (190.0 MiB/190.7 MiB used)", { kind: "memory" }],
  ['IO Error: Could not write file "/d/a.db": Disk quota exceeded', { kind: "full" }],
  ['IO Error: Could not write file "/d/a.db": File too large', { kind: "full" }],
  ["EFBIG: file too large, copyfile '/d/a' -> '/d/b'", { kind: "full" }],
  ["EDQUOT: disk quota exceeded, write", { kind: "full" }],
  ["std::bad_alloc", { kind: "memory" }],
  ["Out of Range Error: Overflow in multiplication of DECIMAL(18) (1 * 2). You might want to", { kind: "overflow" }],
  [
    'Conversion Error: Casting value "150000000000.00" to type DECIMAL(12,2) failed: value is out of range!',
    { kind: "overflow" },
  ],
  ["Conversion Error: Could not cast value 1e30 to DECIMAL(12,2)", { kind: "overflow" }],
  ["Out of Range Error: Overflow in HUGEINT addition", { kind: "overflow" }],
  ["INTERRUPT Error: Interrupted!", { kind: "interrupted" }],
  ['Binder Error: Referenced column "x" not found', { kind: "other" }],
])("%s", (text, failure) => {
  expect(failureOf(new Error(text), "/d/sim.duckdb")).toMatchObject(failure);
});

test("only write-write conflicts are retried sequentially", () => {
  expect(isConflict(new Error("TransactionContext Error: Catalog write-write conflict on create with s0"))).toBe(true);
  expect(isConflict(new Error("TransactionContext Error: Conflict on update!"))).toBe(true);
  expect(isConflict(new Error("TransactionContext Error: Current transaction is aborted"))).toBe(false);
});
