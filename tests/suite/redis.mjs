/** A Redis for the tests: where it is, or why there is none. */
import { findProgram } from "./debian.mjs";

/** The server, and the libraries that a plain Debian does not have. */
const PACKAGES = ["redis-server", "redis-tools", "liblzf1", "libjemalloc2", "libatomic1"];

/** @returns {Promise<{ program: string, env: NodeJS.ProcessEnv } | { problem: string }>} */
export const findRedis = () => findProgram({ name: "redis-server", path: "usr/bin/redis-server", packages: PACKAGES });
