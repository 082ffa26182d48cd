/**
 * Who this process is, and whether another holder on the same host is dead.
 *
 * Death is proven, never guessed: same boot, same pid namespace, and no process with that pid and that start time. A
 * holder of another host or namespace is never called dead here; its lease's time to live decides.
 */
import { execFileSync } from "node:child_process";
import { randomBytes } from "node:crypto";
import { readFileSync, readlinkSync } from "node:fs";
import { hostname } from "node:os";
import { type Holder, type LeaseFacts, nameBoot } from "@holdfast/core";

/** Field 22 of /proc/<pid>/stat; fields are counted after the command's closing bracket, which may itself hold spaces. */
function processStartOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    // Field 3 is the state: a zombie has ended and only waits for its parent.
    return fields[0] === "Z" || fields[0] === "X" ? null : (fields[19] ?? null);
  } catch {
    return null;
  }
}

let bootId: string | null = null;

/** The name of this host's boot, as `nameBoot` in core finds it; asked once in a process. */
function readBootId(): string {
  bootId ??= nameBoot({
    platform: process.platform,
    hostname: hostname(),
    readText: (path) => readFileSync(path, "latin1"),
    run: (program, args) => execFileSync(program, args, { encoding: "latin1", stdio: ["ignore", "pipe", "ignore"] }),
  });
  return bootId;
}

function readPidNamespace(): string {
  try {
    return readlinkSync("/proc/self/ns/pid");
  } catch {
    return "host";
  }
}

/** This process as a holder. The random part of the default name keeps two workers of one process start apart. */
export function currentHolder(name?: string | undefined): Holder {
  const host = hostname();
  return {
    name: name ?? `${host}-${process.pid}-${randomBytes(3).toString("hex")}`,
    host,
    pid: process.pid,
    bootId: readBootId(),
    pidNamespace: readPidNamespace(),
    processStart: processStartOf(process.pid) ?? "",
  };
}

/** Whether whoever holds the lease is dead: by the store, which may know of every host, or by the kernel of this one. */
export const isHolderDead = (
  { isProvenDead }: { readonly isProvenDead: (holder: Holder) => boolean },
  { isHolderGone, holderIdentity }: Pick<LeaseFacts, "isHolderGone" | "holderIdentity">,
): boolean => isHolderGone === true || isProvenDead(holderIdentity);

/** Whether `holder` is proven dead, seen from `self`. */
export function isProvenDead(holder: Holder, self: Holder): boolean {
  if (holder.host !== self.host || holder.bootId !== self.bootId || holder.pidNamespace !== self.pidNamespace) {
    return false;
  }
  if (holder.pid === self.pid) return holder.processStart !== self.processStart;
  if (self.processStart !== "") return processStartOf(holder.pid) !== holder.processStart;
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}
