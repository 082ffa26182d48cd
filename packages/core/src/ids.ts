/**
 * Ids and names that become folders: run ids, stage names, artifact names.
 *
 * Each is checked against its pattern before any path is made from it, so no id can leave its folder.
 * Nothing here touches a disk; the engine checks the real path once more.
 */
import { BadRunIdError } from "./errors/run.js";
import { ArtifactNameInvalidError, StageNameInvalidError } from "./errors/stage.js";

declare const runIdBrand: unique symbol;
/** A run's id, well-formed by construction: get one from `parseRunId` or `newRunId`. */
export type RunId = string & { readonly [runIdBrand]: true };

/** 128 characters at the most: with the folders below it, a path stays under the 255-byte limit of a file name. */
const RUN_ID_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const STAGE_NAME_PATTERN = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
/** Artifact names may have folders; each part follows the rule of a file name. */
const ARTIFACT_PART_PATTERN = /^[A-Za-z0-9_][A-Za-z0-9 ._()+@-]{0,127}$/;

/** Whether `text` may be a run id. Two dots in a row are refused, so that no id reads as a way upwards. */
export function isRunId(text: string): text is RunId {
  return RUN_ID_PATTERN.test(text) && !text.includes("..");
}

/** @throws {BadRunIdError} BAD_RUN_ID — when `text` is not a well-formed run id. */
export function parseRunId(text: string): RunId {
  if (!isRunId(text)) throw new BadRunIdError({ runId: text });
  return text;
}

/** What some file systems take as a device, with any ending behind it. */
const DEVICE_PATTERN = /^(con|prn|aux|nul|com\d|lpt\d)(\.|$)/i;

/**
 * The id of a run that is to be made. It becomes a folder, and must be one wherever the folder is copied to; runs that were
 * made before keep theirs.
 *
 * @throws {BadRunIdError} BAD_RUN_ID — when `text` is no run id, ends with a dot, or is the name of a device on Windows.
 */
export function parseNewRunId(text: string): RunId {
  const id = parseRunId(text);
  if (isNoFileName(id)) throw new BadRunIdError({ runId: text });
  return id;
}

/**
 * The default run id, `run-<UTC timestamp>-<random>`: sorts by age, and eight random characters (40 bits) keep
 * runs created in the same millisecond apart.
 */
export function newRunId(nowMs: number, random: () => number): RunId {
  const stamp = new Date(nowMs).toISOString().replace(/[-:]/g, "").replace("T", "-").slice(0, 15);
  let tail = "";
  for (let i = 0; i < 8; i++) tail += "0123456789abcdefghjkmnpqrstvwxyz"[Math.floor(random() * 32)];
  return `run-${stamp}-${tail}` as RunId;
}

/** Whether no system takes this for the name of a file or folder: it drops the dot at the end, or means a device. */
const isNoFileName = (name: string) => name.endsWith(".") || DEVICE_PATTERN.test(name);

/** @throws {StageNameInvalidError} STAGE_NAME_INVALID — when `name` cannot be a stage (it becomes a folder, also on Windows). */
export function checkStageName(name: string): void {
  const isSafe = STAGE_NAME_PATTERN.test(name) && !name.includes("..") && !isNoFileName(name);
  if (!isSafe) throw new StageNameInvalidError({ stage: name });
}

/** @throws {ArtifactNameInvalidError} ARTIFACT_NAME_INVALID — when `name` could leave its attempt's folder. */
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
