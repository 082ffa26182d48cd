/** Files of a run: their list, and each as a download. Files written by a model are untrusted and never shown as a page of ours. */
import { ArtifactMissingError, ArtifactNameInvalidError, checkArtifactName, checkStageName } from "@holdfast/core";
import type { ByteRange, LinkTerms } from "@holdfast/engine";
import { artifactPage, artifactParams, artifactQuery, runParams, stageQuery } from "@holdfast/protocol";
import { z } from "zod";
import { requireOwnRun } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { answers, media, nothing, TAGS } from "./schemas.js";
import { sendFile } from "./send-file.js";

export function artifactRoutes(app: App, context: ServerContext): void {
  const { holdfast } = context;
  const tags = TAGS.records;

  const listSchema = {
    tags,
    operationId: "listArtifacts",
    summary: "Artifacts with their hashes and addresses",
    description: "Every file that the run's attempts recorded, with its SHA-256 and the address to download it from.",
    params: runParams,
    querystring: stageQuery,
    response: answers({ 200: artifactPage }),
  };
  app.get("/api/runs/:runId/artifacts", { schema: listSchema }, async (request) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const records = await holdfast.runs.artifacts(id, request.query.stage);
    const rows = records.map(({ stage, attempt, name, sha256, sizeBytes }) => {
      const path = [stage, `attempt-${attempt}`, ...name.split("/")].map(encodeURIComponent).join("/");
      return {
        stage,
        attempt,
        name,
        sha256,
        sizeBytes,
        href: `${context.basePath}/api/runs/${id}/artifacts/${path}?sha256=${sha256}`,
      };
    });
    return { rows };
  });

  const fileSchema = {
    tags,
    operationId: "getArtifact",
    summary: "One artifact: <stage>/attempt-<n>/<name>",
    description:
      "Supports ranges. With the recorded `sha256`, the response may be cached forever. With `view=frame`, HTML and PDF can be shown in a sandboxed frame.",
    params: artifactParams,
    querystring: artifactQuery,
    response: answers({
      200: media("The file's bytes.", { "*/*": z.unknown() }),
      206: media("The requested range.", { "*/*": z.unknown() }),
      302: nothing("The file is on object storage with a public address: `Location` is valid for five minutes."),
      304: nothing("Not modified: `If-None-Match` has its hash."),
    }),
  };
  app.get("/api/runs/:runId/artifacts/*", { schema: fileSchema }, async (request, reply) => {
    const { id } = await requireOwnRun(context, request, request.params.runId);
    const { stage, attempt, name } = placeOf(request.params["*"]);
    // Only what was recorded: the address is compared, never joined to a path.
    const records = await holdfast.runs.artifacts(id, stage);
    const record = records.find((one) => one.stage === stage && one.attempt === attempt && one.name === name);
    if (record === undefined) throw new ArtifactMissingError({ path: request.params["*"], runId: id, stage });
    const file = {
      ...record,
      open: (range?: ByteRange) => holdfast.runs.openArtifact(id, record, range),
      link: (terms: LinkTerms) => holdfast.runs.linkArtifact(id, record, terms),
    };
    return sendFile(request, reply, file, { askedSha256: request.query.sha256, isFramed: isFramed(request) });
  });
}

/** Asked for by a frame: whoever opens the address itself gets a download, as everybody gets who does not say. */
const isFramed = ({
  query,
  headers,
}: {
  readonly query: { readonly view?: "frame" | undefined };
  readonly headers: FramedBy;
}) => query.view === "frame" && headers["sec-fetch-dest"] !== "document";
interface FramedBy {
  readonly "sec-fetch-dest"?: string | string[] | undefined;
}

/** @throws {ArtifactNameInvalidError} ARTIFACT_NAME_INVALID — before anything is looked up by it. */
function placeOf(path: string): { readonly stage: string; readonly attempt: number; readonly name: string } {
  const [stage = "", folder = "", ...parts] = path.split("/");
  const attempt = folder.match(/^attempt-(\d{1,9})$/)?.[1];
  if (attempt === undefined) throw new ArtifactNameInvalidError({ name: path });
  const name = parts.join("/");
  checkStageName(stage);
  checkArtifactName(name);
  return { stage, attempt: Number(attempt), name };
}
