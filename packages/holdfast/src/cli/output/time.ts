/** Instants, durations and remaining times in words. Everything is UTC or relative, so that no output depends on a zone. */

/** 950 ms, 12.4 s, 3 min 05 s, 2 h 07 min, 3 d 4 h. */
export function formatDuration(ms: number): string {
  if (!Number.isFinite(ms)) return "?";
  const positive = Math.max(0, ms);
  if (positive < 1_000) return `${Math.round(positive)} ms`;
  const seconds = positive / 1_000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.round(minutes / 60);
  return `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const two = (value: number) => String(value).padStart(2, "0");

/** 2026-02-19 14:03:22, UTC. */
export function formatInstant(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(0, 19).replace("T", " ");
}

/** 14:03:22.481, UTC: for lines of one run, whose day the first line says. */
export function formatClock(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? "?" : date.toISOString().slice(11, 23);
}

/** "5 s ago", "in 3 min"; under a second "now". Coarser than a duration: it is read at a glance. */
export function formatRelative(ms: number, nowMs: number): string {
  const away = ms - nowMs;
  const size = Math.abs(away);
  if (size < 1_000) return "now";
  const text =
    size < 60_000
      ? `${Math.floor(size / 1_000)} s`
      : size < 3_600_000
        ? `${Math.floor(size / 60_000)} min`
        : size < 86_400_000
          ? `${Math.floor(size / 3_600_000)} h`
          : `${Math.floor(size / 86_400_000)} d`;
  return away < 0 ? `${text} ago` : `in ${text}`;
}

/** The remaining time as a range; one value where both ends read the same. */
export function formatEta(range: readonly [low: number, high: number]): string {
  const [low, high] = range.map(roughDuration) as [string, string];
  return low === high ? low : `${low} to ${high}`;
}

/** No finer than what an estimate knows: 40 s, 5 min, 2 h 10 min. */
function roughDuration(ms: number): string {
  const seconds = Math.max(0, ms) / 1_000;
  if (seconds < 10) return `${Math.ceil(seconds)} s`;
  if (seconds < 90) return `${Math.round(seconds / 5) * 5} s`;
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return `${minutes} min`;
  const tens = Math.round(minutes / 10) * 10;
  return tens % 60 === 0 ? `${tens / 60} h` : `${Math.floor(tens / 60)} h ${tens % 60} min`;
}
