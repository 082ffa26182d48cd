/** The documents of the API, as the schemas of the protocol describe them. Types alone: no schema goes into the page. */
import type * as protocol from "@holdfast/protocol";
import type { z } from "zod";

export type RunSummary = z.output<typeof protocol.runSummary>;
export type RunPage = z.output<typeof protocol.runPage>;
export type Facets = z.output<typeof protocol.facets>;
export type Run = z.output<typeof protocol.run>;
export type Stage = z.output<typeof protocol.stage>;
export type RunEvent = z.output<typeof protocol.event>;
export type EventPage = z.output<typeof protocol.eventPage>;
export type RunMapPage = z.output<typeof protocol.runMapPage>;
export type ErrorGroupPage = z.output<typeof protocol.errorGroupPage>;
export type Comparison = z.output<typeof protocol.comparison>;
export type ArtifactDifference = z.output<typeof protocol.artifactDifference>;
export type ItemPairPage = z.output<typeof protocol.itemPairPage>;
export type FailurePage = z.output<typeof protocol.failurePage>;
export type ItemStates = z.output<typeof protocol.itemStates>;
export type ItemLanes = z.output<typeof protocol.itemLanes>;
export type ItemRange = z.output<typeof protocol.itemRange>;
export type RunHistory = z.output<typeof protocol.runHistory>;
export type ItemPage = z.output<typeof protocol.itemPage>;
export type ArtifactPage = z.output<typeof protocol.artifactPage>;
export type CheckpointPage = z.output<typeof protocol.checkpointPage>;
export type Plan = z.output<typeof protocol.plan>;
export type RecoveryOptions = z.output<typeof protocol.recoveryOptions>;
export type DatasetPage = z.output<typeof protocol.datasetPage>;
export type BulkPlan = z.output<typeof protocol.bulkPlan>;
export type BulkJob = z.output<typeof protocol.bulkJob>;
export type ManagementReport = z.output<typeof protocol.managementReport>;
export type CleanupReport = z.output<typeof protocol.cleanupReport>;
export type ManagementBody = protocol.ManagementBody;
export type StorageView = z.output<typeof protocol.storageView>;
export type StorageMeasure = z.output<typeof protocol.storageMeasure>;
export type DoctorReport = z.output<typeof protocol.doctorReport>;
export type CompactReport = z.output<typeof protocol.compactReport>;
export type StorageBody = protocol.StorageBody;
export type SchedulePage = z.output<typeof protocol.schedulePage>;
export type Schedule = SchedulePage["rows"][number];
export type ScheduleActed = z.output<typeof protocol.scheduleActed>;
export type ScheduleBody = z.output<typeof protocol.scheduleActBody>;
export type WorkflowPage = z.output<typeof protocol.workflowPage>;
export type WorkerPage = z.output<typeof protocol.workerPage>;
export type AuditPage = z.output<typeof protocol.auditPage>;
export type ManagementView = z.output<typeof protocol.managementView>;
export type ActionBody = protocol.ActionBody;
export type AskPage = z.output<typeof protocol.askPage>;
export type Question = AskPage["rows"][number];
export type AnswerBody = protocol.AnswerBody;
export type Problem = z.output<typeof protocol.problem>;

/** Who is signed in. */
export interface Session {
  readonly id: string;
  readonly role: "viewer" | "operator" | "admin";
  readonly expiresAt: number | null;
}
