import { describe, expect, test } from "vitest";
import { type BootSources, isOfBoot, nameBoot, UNNAMED_BOOT } from "./boot.js";

const LINUX_ID = "1f0c2a34-9d3e-4a60-8f0b-2f8f7c1d9a11";
const MAC_ID = "8B0C6E2A-55C1-4A43-9C50-3B1D0F6E7A29";
const REG_ANSWER = (count: string) =>
  `\r\nHKEY_LOCAL_MACHINE\\SYSTEM\\CurrentControlSet\\Control\\Session Manager\\Memory Management\\PrefetchParameters\r\n    BootId    REG_DWORD    ${count}\r\n\r\n`;

/** A system with these answers only; `asked` lists what was read and run. */
function systemOf(platform: string, answers: Readonly<Record<string, string>>) {
  const asked: string[] = [];
  const answer = (key: string) => {
    asked.push(key);
    const text = answers[key];
    if (text === undefined) throw new Error(`${key}: no such file or program`);
    return text;
  };
  const sources: BootSources = {
    platform,
    hostname: "mac-1",
    readText: (path) => answer(path),
    run: (program, args) => answer([program, args.at(-1)].join(" ")),
  };
  return { sources, asked };
}

const SYSTEMS = {
  linux: { "/proc/sys/kernel/random/boot_id": `${LINUX_ID}\n` },
  darwin: { "/usr/sbin/sysctl kern.bootsessionuuid": `${MAC_ID}\n` },
  win32: { "reg.exe BootId": REG_ANSWER("0x1a4") },
} as const;

describe("the name of a boot", () => {
  test.each([
    ["linux", LINUX_ID],
    ["darwin", MAC_ID],
    ["win32", "mac-1-boot-420"],
  ] as const)("is the name that %s gives it", (platform, name) => {
    expect(nameBoot(systemOf(platform, SYSTEMS[platform]).sources)).toBe(name);
  });

  test("differs between boots and, where Windows only counts them, between hosts", () => {
    const first = systemOf("win32", SYSTEMS.win32).sources;
    const next = systemOf("win32", { "reg.exe BootId": REG_ANSWER("0x1a5") }).sources;
    expect(nameBoot(next)).not.toBe(nameBoot(first));
    expect(nameBoot({ ...first, hostname: "mac-2" })).not.toBe(nameBoot(first));
  });

  test.each([
    ["linux", {}],
    ["linux", { "/proc/sys/kernel/random/boot_id": "" }],
    ["darwin", {}],
    ["darwin", { "/usr/sbin/sysctl kern.bootsessionuuid": "unknown oid\n" }],
    ["win32", {}],
    ["win32", { "reg.exe BootId": "ERROR: The system was unable to find the specified registry key" }],
    ["freebsd", {}],
    ["sunos", {}],
  ])("is the same for all boots where the system has none: %s %j", (platform, answers) => {
    expect(nameBoot(systemOf(platform, answers).sources)).toBe(UNNAMED_BOOT);
  });

  test.each(["linux", "darwin", "win32", "freebsd"])(
    "does not depend on a clock: %s gives the same name at any time, from no other source",
    (platform) => {
      const answers = platform in SYSTEMS ? SYSTEMS[platform as keyof typeof SYSTEMS] : {};
      const { sources, asked } = systemOf(platform, answers);
      expect(nameBoot(sources)).toBe(nameBoot(sources));
      expect([...new Set(asked)]).toEqual(Object.keys(answers));
    },
  );
});

describe("an instant of a boot's clock", () => {
  const now = { bootId: "boot-2", monotonicMs: 1_000_000 };

  test("belongs to this boot if it has its name and has passed", () => {
    expect(isOfBoot({ bootId: "boot-2", atMs: 1_000_000 }, now)).toBe(true);
    expect(isOfBoot({ bootId: "boot-2", atMs: 0 }, now)).toBe(true);
    expect(isOfBoot({ bootId: "boot-1", atMs: 999_000 }, now)).toBe(false);
    expect(isOfBoot({ bootId: null, atMs: 999_000 }, now)).toBe(false);
  });

  test("belongs to an earlier boot if it lies in the future by more than a read takes", () => {
    expect(isOfBoot({ bootId: "boot-2", atMs: 1_005_000 }, now)).toBe(true);
    expect(isOfBoot({ bootId: "boot-2", atMs: 1_060_000 }, now)).toBe(true);
    expect(isOfBoot({ bootId: "boot-2", atMs: 1_060_001 }, now)).toBe(false);
  });
});
