/** The server's own log: JSON lines on standard error, without tokens, cookies, bodies or queries. */
import { destination, type Logger, pino, stdTimeFunctions } from "pino";

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error" | "silent";

export function makeLogger(level: LogLevel): Logger {
  return pino(
    {
      level,
      base: { pid: process.pid },
      timestamp: stdTimeFunctions.isoTime,
      redact: ["req.headers.authorization", "req.headers.cookie", "*.token", "*.secret", "*.password", "*.apiKey"],
    },
    destination({ fd: 2, sync: false }),
  );
}
