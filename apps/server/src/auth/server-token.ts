/**
 * The server's own secret: 32 random bytes in `<dataDir>/server-token`, made at the first start, readable by its owner
 * alone. On loopback without `auth` it is the token; in any case sessions are signed with a key made of it. To make all
 * of them invalid, delete the file and start again.
 */
import { createHmac, randomBytes } from "node:crypto";
import { chmod, link, mkdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { ConfigInvalidError } from "@holdfast/core";

const TOKEN_PATTERN = /^[A-Za-z0-9_-]{43}$/;
const OWNER_ONLY = 0o600;

export async function readServerToken(dataDir: string): Promise<string> {
  const path = join(dataDir, "server-token");
  const found = await readIfThere(path);
  if (found !== null) return check(path, found);
  await mkdir(dataDir, { recursive: true });
  const temporary = `${path}.${randomBytes(6).toString("hex")}`;
  await writeFile(temporary, `${randomBytes(32).toString("base64url")}\n`, { mode: OWNER_ONLY, flag: "wx" });
  try {
    // A link, not a rename: of two servers that start at once, both take the token of the first.
    await link(temporary, path).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== "EEXIST") throw error;
    });
  } finally {
    await rm(temporary, { force: true });
  }
  return check(path, await readFile(path, "utf8"));
}

async function readIfThere(path: string): Promise<string | null> {
  try {
    // A copied or restored file may have lost its rights; others must not read it.
    if (((await stat(path)).mode & 0o077) !== 0) await chmod(path, OWNER_ONLY);
    return await readFile(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}

function check(path: string, content: string): string {
  const token = content.trim();
  if (TOKEN_PATTERN.test(token)) return token;
  throw new ConfigInvalidError({
    subject: path,
    problem: "this is not a token of 32 bytes; delete the file, and the next start creates a new one",
  });
}

/** The key that sessions are signed with. */
export const sessionKeyOf = (token: string): Buffer => createHmac("sha256", token).update("holdfast session").digest();
