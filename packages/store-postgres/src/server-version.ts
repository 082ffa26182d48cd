/** Which servers this store runs on. */
import { StoreUnreachableError } from "@holdfast/core";

/** 15: older ones lack what the statements use, and are no longer maintained. */
const MAJOR_MIN = 15;

/**
 * @param versionNum `server_version_num`, such as 150018.
 * @throws {StoreUnreachableError} STORE_UNREACHABLE — the server is too old.
 */
export function checkServerVersion(versionNum: number, location: string): void {
  const major = Math.floor(versionNum / 10_000);
  if (major >= MAJOR_MIN) return;
  const problem = `PostgreSQL ${major} is too old: ${MAJOR_MIN} or later is needed. Upgrade the server, or use another`;
  throw new StoreUnreachableError({ location, problem });
}
