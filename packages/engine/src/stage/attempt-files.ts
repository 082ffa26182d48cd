/** The files of one attempt: what user code writes, and the engine's own output.json, meta.json and error.json. */
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { encodeJson } from "@holdfast/core";
import type { ArtifactStore, AttemptPlace, WrittenFile } from "../files/artifact-store.js";
import type { Execution } from "../run/execution.js";
import type { Artifacts } from "../workflow/context.js";
import type { ArtifactRef } from "../workflow/refs.js";
import { type AttemptEnding, describeEnding } from "./attempt.js";

/** Names the engine writes itself; user code may not use them. */
const OWN_FILES: ReadonlySet<string> = new Set(["output.json", "meta.json", "error.json"]);

export class AttemptFiles {
  readonly api: Artifacts;
  private readonly files = new Map<string, WrittenFile>();
  /** Names handed out by `path()`, adopted when the attempt completes. */
  private readonly handedOut = new Set<string>();
  private readonly startedAtMs: number;

  constructor(
    private readonly execution: Execution,
    private readonly place: AttemptPlace,
  ) {
    this.startedAtMs = execution.deps.clock.nowMs();
    const store = this.store;
    this.api = {
      write: (name, data) => this.record(store.write(place, this.userName(name), data)),
      writeJson: async (name, value) => {
        const json = encodeJson(value, `artifact ${name}`) ?? "null";
        return this.record(store.write(place, this.userName(name), json)) as Promise<ArtifactRef<never>>;
      },
      writeStream: (name, source) => this.record(store.write(place, this.userName(name), source)),
      writeWith: (name, write) => this.record(store.writeWith(place, this.userName(name), write)),
      read: (ref) => store.read(...placeOf(ref)),
      readJson: async (ref) => JSON.parse(Buffer.from(await store.read(...placeOf(ref))).toString("utf8")),
      path: (name) => this.handOut(name),
      locate: (ref) => store.locate(...placeOf(ref)),
    };
  }

  /** Hash and record what user code left at the paths it was handed. */
  async adopt(): Promise<void> {
    for (const name of this.handedOut) await this.record(this.store.adopt(this.place, name));
  }

  /** output.json or error.json, and meta.json. */
  async writeOwn(ending: AttemptEnding, outputJson: string | null): Promise<void> {
    const {
      deps,
      subject: { run, lease },
    } = this.execution;
    if (!deps.isWritingStageFiles) return;
    const { status, error } = describeEnding(ending, this.execution);
    const declared = run.stages?.find((stage) => stage.name === this.place.stage);
    const meta = {
      runId: run.id,
      workflow: run.workflow,
      version: run.version,
      generation: lease.generation,
      stage: this.place.stage,
      title: declared?.title ?? this.place.stage,
      attempt: this.place.attempt,
      status,
      startedAt: new Date(this.startedAtMs).toISOString(),
      finishedAt: new Date(deps.clock.nowMs()).toISOString(),
      holder: deps.holder.name,
      host: deps.holder.host,
      pid: deps.holder.pid,
      artifacts: [...this.files.values()],
    };
    const [name, json] =
      ending.kind === "returned" ? ["output.json", outputJson] : ["error.json", JSON.stringify(error)];
    await this.store.writeTexts(this.place, { "meta.json": pretty(JSON.stringify(meta)), [name]: pretty(json) });
  }

  private get store(): ArtifactStore {
    return this.execution.deps.artifacts;
  }

  private userName(name: string): string {
    if (this.place.stage !== "" && OWN_FILES.has(name.toLowerCase())) {
      throw new TypeError(`"${name}" is written by Holdfast itself in every attempt; choose another name`);
    }
    return name;
  }

  private handOut(name: string): string {
    const path = this.store.path(this.place, this.userName(name));
    mkdirSync(dirname(path), { recursive: true });
    this.handedOut.add(name);
    return path;
  }

  private async record(writing: Promise<WrittenFile>): Promise<ArtifactRef> {
    const file = await writing;
    const { stage, attempt, runId } = this.place;
    const outcome = await this.execution.deps.store.recordArtifact(this.execution.subject.fence, {
      stage,
      attempt,
      ...file,
    });
    if (!this.execution.writer.accepts(outcome)) return new Promise<never>(() => {});
    this.files.set(file.name, file);
    return { kind: "artifact", runId, stage, digest: file.sha256, attempt, name: file.name, sizeBytes: file.sizeBytes };
  }
}

function placeOf(ref: ArtifactRef): [AttemptPlace, WrittenFile] {
  const { runId, stage, attempt, name, digest, sizeBytes } = ref;
  return [
    { runId: runId as AttemptPlace["runId"], stage, attempt },
    { name, sha256: digest, sizeBytes },
  ];
}

/** Two-space JSON for people who read and diff these files. */
function pretty(json: string | null): string {
  return `${json === null ? "null" : JSON.stringify(JSON.parse(json), null, 2)}\n`;
}
