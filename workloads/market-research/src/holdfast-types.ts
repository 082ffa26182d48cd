/** The public types of the engine that this workload uses, until the engine's own package exports them. */
import type { z } from "zod";

export interface ArtifactRef<T = unknown> {
  readonly kind: "artifact";
  readonly runId: string;
  readonly stage: string;
  readonly digest: string;
  readonly attempt: number;
  readonly name: string;
  readonly sizeBytes: number;
  readonly "~of"?: T;
}

export interface StageContext {
  readonly attempt: number;
  readonly idempotencyKey: string;
  readonly signal: AbortSignal;
  readonly log: (message: string, data?: Record<string, unknown>) => void;
  readonly metric: (name: string, value: number) => void;
  readonly artifact: {
    readonly write: (name: string, data: string | Uint8Array) => Promise<ArtifactRef>;
    readonly writeJson: <T>(name: string, value: T) => Promise<ArtifactRef<T>>;
    readonly read: (ref: ArtifactRef) => Promise<Uint8Array>;
    readonly readJson: <T>(ref: ArtifactRef<T>) => Promise<T>;
  };
  readonly progress: (done: number, total?: number, label?: string) => void;
  readonly gate: (name: string, passed: boolean, score?: number, threshold?: number) => boolean;
}

export interface RunContext<Input, N extends string> {
  readonly input: Input;
  readonly runId: string;
  readonly startedAt: number;
  readonly stage: <T>(
    name: N,
    options: { attempts?: number; inputs?: unknown },
    fn: (stage: StageContext) => Promise<T>,
  ) => Promise<T>;
}

export function defineWorkflow<
  S extends z.ZodType,
  const D extends readonly { readonly name: string }[],
  Output,
>(definition: {
  readonly name: string;
  readonly version: string;
  readonly input: S;
  readonly stages: D;
  readonly run: (context: RunContext<z.output<S>, D[number]["name"]>) => Promise<Output>;
}) {
  return definition;
}
