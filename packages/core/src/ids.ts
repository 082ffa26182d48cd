/**
 * IDs and names that become folders: run IDs, stage names, artifact names.
 *
 * Each is checked against its pattern before it becomes part of a path, so no ID can leave its folder. Nothing here
 * touches a disk; the engine also checks the resulting path.
 */
import { BadRunIdError } from "./errors/run.js";
import { ArtifactNameInvalidError, StageNameInvalidError } from "./errors/stage.js";

declare const runIdBrand: unique symbol;
/** ID of a run, well-formed by construction: `parseRunId` and `newRunId` return one. */
export type RunId = string & { readonly [runIdBrand]: true };

/**
 * At most 128 characters, so that each part of a path stays below the 255-byte limit of a file name. `~` joins the parts of
 * IDs that Holdfast makes (`nightly~20180325T010000Z`); callers cannot choose an ID with it.
 */
const RUN_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._~-]{0,127}$/;
const STAGE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Artifact names may contain folders. Each part follows the rules of a file name. */
const ARTIFACT_PART_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9 ._()+@-]{0,127}$/;

/**
 * Returns whether `text` may be a run ID. Two dots in a row are refused, so that no ID looks like a path to a parent
 * folder.
 */
export function isRunId(text: string): text is RunId {
  return RUN_ID_PATTERN.test(text) && !text.includes("..");
}

/** Checks that `text` is a run ID. @throws {BadRunIdError} BAD_RUN_ID if it is malformed. */
export function parseRunId(text: string): RunId {
  if (!isRunId(text)) throw new BadRunIdError({ runId: text });
  return text;
}

/** Names that some file systems treat as a device, with any extension. */
const DEVICE_PATTERN = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * Checks the ID of a new run. It becomes a folder, and must be a valid folder name wherever that folder is copied.
 * Existing runs keep their IDs.
 *
 * @throws {BadRunIdError} BAD_RUN_ID if `text` is not a run ID, contains `~`, ends with a dot, or is a device name on Windows.
 */
export function parseNewRunId(text: string): RunId {
  const id = parseRunId(text);
  if (isNoFileName(id) || id.includes("~")) throw new BadRunIdError({ runId: text });
  return id;
}

/**
 * Returns a new run ID, `run-<UTC timestamp>-<random>`. IDs sort by age. Eight random characters (40 bits) distinguish
 * runs created in the same millisecond.
 */
export function newRunId(nowMs: number, random: () => number): RunId {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  let tail = "";
  for (let i = 0; i < 8; i++) tail += "0123456789abcdefghjkmnpqrstvwxyz"[Math.floor(random() * 32)];
  return `run-${stamp}-${tail}` as RunId;
}

/** True for names that some system does not accept for a file or folder: it drops the final dot, or opens a device. */
const isNoFileName = (name: string) => name.endsWith(".") || DEVICE_PATTERN.test(name);

/**
 * Checks a stage name, which becomes a folder. @throws {StageNameInvalidError} STAGE_NAME_INVALID if no folder may be
 * named so.
 */
export function checkStageName(name: string): void {
  const isSafe = STAGE_NAME_PATTERN.test(name) && !name.includes("..") && !isNoFileName(name);
  if (!isSafe) throw new StageNameInvalidError({ stage: name });
}

/** Checks an artifact name. @throws {ArtifactNameInvalidError} ARTIFACT_NAME_INVALID if it could leave its attempt's folder. */
export function checkArtifactName(name: string): void {
  const isSafe = name
    .split("/")
    .every(
      (part) =>
        ARTIFACT_PART_PATTERN.test(part) &&
        part !== "." &&
        !part.includes("..") &&
        !part.endsWith(" ") &&
        !isNoFileName(part),
    );
  if (!isSafe) throw new ArtifactNameInvalidError({ name });
}
