/**
 * Naming the boot of a host. A lease counts on the host's monotonic clock, which starts anew with each boot, so a lease
 * carries the name of the boot it counts from. All processes of one boot must find the same name.
 *
 * Two mistakes are possible, and they do not weigh the same. A name that changes during a boot expires the leases of living
 * workers. A name that survives a boot only makes a dead lease wait. So nothing here is computed from clocks: the operating
 * system names its boots, or they all share one name.
 */

/** Reads of the operating system. A failed read throws. */
export interface BootSources {
  /** As in Node's `process.platform`. */
  readonly platform: string;
  readonly hostname: string;
  /** Returns the text of a file. */
  readText(path: string): string;
  /** Runs a program of the system and returns what it printed. */
  run(program: string, args: readonly string[]): string;
}

/** The name of every boot on a system that names none. */
export const UNNAMED_BOOT = "unnamed-boot";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Windows counts its boots here. The key is readable by every user. */
const WINDOWS_KEY = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`;

/** Returns a name that differs for each boot of this host, or `UNNAMED_BOOT` where the system has none to offer. */
export function nameBoot(sources: BootSources): string {
  try {
    return askSystem(sources) ?? UNNAMED_BOOT;
  } catch {
    return UNNAMED_BOOT;
  }
}

function askSystem({ platform, hostname, readText, run }: BootSources): string | null {
  switch (platform) {
    case "linux":
    case "android":
      return uuidIn(readText("/proc/sys/kernel/random/boot_id"));
    case "darwin":
      return uuidIn(run("/usr/sbin/sysctl", ["-n", "kern.bootsessionuuid"]));
    case "win32": {
      const count = run("reg.exe", ["query", WINDOWS_KEY, "/v", "BootId"]).match(/\sREG_DWORD\s+(0x[0-9a-f]+)/i)?.[1];
      // The count alone would be the same on many hosts, and a store may be copied from one to another.
      return count === undefined ? null : `${hostname}-boot-${Number(count)}`;
    }
    default:
      return null;
  }
}

function uuidIn(text: string): string | null {
  const found = text.trim();
  return UUID.test(found) ? found : null;
}

/** Far above what passes between reading the clock and reading the row. */
export const CLOCK_SLACK_MS = 60_000;

/**
 * Whether an instant of a boot's monotonic clock belongs to the current boot. One that lies in the future cannot: the clock
 * never goes back while the host is up. That tells boots apart where they share a name.
 */
export function isOfBoot(stamp: { readonly bootId: string | null; readonly atMs: number }, now: BootInstant): boolean {
  return stamp.bootId === now.bootId && stamp.atMs <= now.monotonicMs + CLOCK_SLACK_MS;
}

/** Now, by the clock of the current boot. */
export interface BootInstant {
  readonly bootId: string;
  /** Milliseconds since the boot. */
  readonly monotonicMs: number;
}
