/** Creates the parts of one server from its settings and an open Holdfast instance. */
import { type Holdfast, type LoadComparison, type SuperviseEvent, UploadStore } from "@holdfast/engine";
import { Authenticator } from "./auth/authenticate.js";
import { readServerToken } from "./auth/server-token.js";
import { Site } from "./auth/site.js";
import type { ServerContext } from "./context.js";
import { InputFolders } from "./inputs/input-folders.js";
import { Metrics } from "./metrics/metrics.js";
import type { TimeLimits } from "./ports.js";
import { TIME_LIMITS } from "./problems/time-limits.js";
import { ServerSupervisor } from "./server-supervisor.js";
import type { ResolvedSettings } from "./settings.js";
import { RunFeeds } from "./streams/run-feed.js";
import { VERSION } from "./version.js";

export async function makeContext(
  holdfast: Holdfast,
  settings: ResolvedSettings,
  parts: Pick<ServerContext, "nowMs" | "stopping"> & {
    readonly onTrouble: (problem: string) => void;
    readonly comparisons?: Readonly<Record<string, LoadComparison>> | undefined;
    readonly limits?: Partial<TimeLimits> | undefined;
    /** Told what the server's own supervisor did. */
    readonly onSupervise?: ((event: SuperviseEvent) => void) | undefined;
  },
): Promise<ServerContext> {
  const { nowMs, stopping, onTrouble } = parts;
  const serverToken = await readServerToken(holdfast.dataDir);
  const workflows = holdfast.workflows.map(({ name }) => name);
  const metrics = new Metrics(
    { version: VERSION, workflows, storeWait: holdfast.storeWait, limitations: holdfast.storage.limitations },
    nowMs,
  );
  const onSupervise = (event: SuperviseEvent) => {
    metrics.onSupervise(event);
    parts.onSupervise?.(event);
  };
  return {
    holdfast,
    settings,
    feeds: new RunFeeds(holdfast, (_, runId) => onTrouble(`the events of run ${runId} could not be read`)),
    inputFolders: await InputFolders.open(settings.inputFolders, holdfast.dataDir),
    comparisons: parts.comparisons ?? {},
    uploads: new UploadStore(holdfast.dataDir, nowMs),
    nowMs,
    stopping,
    limits: { ...TIME_LIMITS, ...parts.limits },
    version: VERSION,
    site: new Site(settings),
    basePath: "",
    authenticator: new Authenticator(settings, serverToken, nowMs, onTrouble),
    metrics,
    supervisor: new ServerSupervisor(holdfast, onSupervise, stopping),
  };
}
