/** Shape of an error table row, and the exit codes of the command. */

/** Exit codes of the command. Each has one meaning. */
export const EXIT = {
  done: 0,
  runFailed: 1,
  wrongUse: 2,
  itemsFailed: 3,
  notAuthorised: 4,
  notFound: 5,
  refused: 6,
  unreachable: 7,
  workFound: 8,
  differences: 9,
  /** Paused for any reason but `--through`. A run that went as far as requested ends with `done`. */
  paused: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** Meaning of an error code for a caller: exit code, HTTP status, whether to retry, and what to do. */
export interface ErrorSpec {
  /** HTTP status of the response. */
  readonly httpStatus: number;
  /** Exit code of the command. */
  readonly exitCode: number;
  /** Whether the same call may succeed later without any change. */
  readonly isRetryable: boolean;
  /** What happened, in a few words. */
  readonly title: string;
  /** Remedies, most likely first. */
  readonly advice: readonly string[];
}

/** Row for a problem that stays until something is changed. */
export const spec = (httpStatus: number, exitCode: number, title: string, ...advice: string[]): ErrorSpec => ({
  httpStatus,
  exitCode,
  isRetryable: false,
  title,
  advice,
});
/** Row for a problem that may pass by itself. */
export const passing = (of: ErrorSpec): ErrorSpec => ({ ...of, isRetryable: true });
