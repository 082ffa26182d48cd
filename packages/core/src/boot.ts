/**
 * Names for the boots of a host. A lease counts on the host's monotonic clock, which restarts with each boot, so a
 * lease carries the name of its boot. All processes of one boot must get the same name.
 *
 * Two mistakes are possible, and one is worse. A name that changes during a boot expires the leases of living workers.
 * A name that survives a boot only delays the recovery of dead ones. Names are therefore never computed from clocks:
 * either the operating system names its boots, or all of them share one name.
 */

/** Access to the operating system. A failed read throws. */
export interface BootSources {
  /** Same as Node's `process.platform`. */
  readonly platform: string;
  readonly hostname: string;
  /** Returns the text of a file. */
  readText(path: string): string;
  /** Runs a system program and returns its output. */
  run(program: string, args: readonly string[]): string;
}

/** Name of every boot on a system that does not name its boots. */
export const UNNAMED_BOOT = "unnamed-boot";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;
/** Windows counts its boots in this key, which every user can read. */
const WINDOWS_KEY = String.raw`HKLM\SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters`;

/** Returns a name that differs for each boot of this host, or `UNNAMED_BOOT` if the system offers none. */
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
      // The count alone would be the same on many hosts, and a store may be copied between hosts.
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

/** Far longer than the time between reading the clock and reading the row. */
export const CLOCK_SLACK_MS = 60_000;

/**
 * Returns whether an instant of a boot's monotonic clock belongs to the current boot. An instant in the future does
 * not, since the clock never goes back while the host is up. This distinguishes boots that share a name.
 */
export function isOfBoot(stamp: { readonly bootId: string | null; readonly atMs: number }, now: BootInstant): boolean {
  return stamp.bootId === now.bootId && stamp.atMs <= now.monotonicMs + CLOCK_SLACK_MS;
}

/** The present instant on the current boot's clock. */
export interface BootInstant {
  readonly bootId: string;
  /** Milliseconds since the boot. */
  readonly monotonicMs: number;
}
