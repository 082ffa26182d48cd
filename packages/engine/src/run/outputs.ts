/** How a value becomes a stored output and back: inline JSON, or a file by its hash when it is large. */
import {
  encodeJson,
  isThrown,
  NotJsonError,
  OutputTooLargeError,
  parseStored,
  type RunId,
  type StoredOutput,
} from "@holdfast/core";
import type { ArtifactStore } from "../files/artifact-store.js";
import type { EngineLimits } from "./deps.js";

/** @throws {NotJsonError} NOT_JSON — with the path. @throws {OutputTooLargeError} OUTPUT_TOO_LARGE */
export function encodeOutput(value: unknown, subject: string, limits: EngineLimits): string | null {
  const json = encodeJson(value, subject);
  // A text of n UTF-16 units has between n and 3n bytes: count only when it could matter.
  if (json !== null && json.length * 3 > limits.outputBytesMax) {
    const sizeBytes = Buffer.byteLength(json);
    if (sizeBytes > limits.outputBytesMax) {
      throw new OutputTooLargeError({ subject, sizeBytes, limitBytes: limits.outputBytesMax });
    }
  }
  return json;
}

export async function storeOutput(
  json: string | null,
  runId: RunId,
  artifacts: ArtifactStore,
  limits: EngineLimits,
): Promise<StoredOutput> {
  if (json === null || Buffer.byteLength(json) <= limits.inlineOutputBytesMax) return { kind: "inline", json };
  return { kind: "file", ...(await artifacts.putOutput(runId, json)) };
}

/** The value of a stored output. @throws {ArtifactMissingError} {ArtifactChangedError} for a large one whose file is not what was recorded. */
export async function loadOutput(
  output: StoredOutput | null,
  runId: RunId,
  artifacts: ArtifactStore,
): Promise<unknown> {
  if (output === null) return undefined;
  if (output.kind === "inline") return decodeJson(output.json);
  return decodeJson(await artifacts.getOutput(runId, output.sha256));
}

export function decodeJson(json: string | null): unknown {
  return json === null ? undefined : parseStored(json, "a recorded output");
}

export function isContractError(error: unknown): boolean {
  return isThrown(error, NotJsonError) || isThrown(error, OutputTooLargeError);
}
