/**
 * What a row of the table of problems says, and the exit codes of the command.
 */

/** Exit codes of the command, one meaning each. */
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
  /** Paused by anything but `--through`: a run that went as far as it was asked to ends with `done`. */
  paused: 75,
  interrupted: 130,
  terminated: 143,
} as const;

/** What one error code means to a caller: exit code, HTTP status, whether to try again, and what to do. */
export interface ErrorSpec {
  /** Status of the HTTP answer. */
  readonly httpStatus: number;
  /** Exit code of the command. */
  readonly exitCode: number;
  /** The same call may succeed later without anything being changed. */
  readonly isRetryable: boolean;
  /** What happened, in a few words. */
  readonly title: string;
  /** What a person can do, most likely cure first. */
  readonly advice: readonly string[];
}

/** A row whose problem stays until something is changed. */
export const spec = (httpStatus: number, exitCode: number, title: string, ...advice: string[]): ErrorSpec => ({
  httpStatus,
  exitCode,
  isRetryable: false,
  title,
  advice,
});
/** A row whose problem may pass by itself. */
export const passing = (of: ErrorSpec): ErrorSpec => ({ ...of, isRetryable: true });
