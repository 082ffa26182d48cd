/** /api/storage: the store's facts and backups; measuring, checking, backing up and compacting it, one at a time. */
import { fileSystemFacts } from "@holdfast/engine";
import {
  compactReport,
  doctorReport,
  noQuery,
  type StorageBody,
  storageBody,
  storageMeasure,
  storageView,
} from "@holdfast/protocol";
import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { callerOf } from "../auth/guard.js";
import { actingFor } from "../auth/own.js";
import type { App, ServerContext } from "../context.js";
import { Backups } from "../storage/backups.js";
import { examineServer } from "../storage/doctor.js";
import type { ManagementGate } from "./management.js";
import { answers, TAGS } from "./schemas.js";

const HELD_TOLD_MAX = 20;

export function storageRoutes(app: App, context: ServerContext, gate: ManagementGate): void {
  const tags = TAGS.management;
  const { holdfast, nowMs } = context;
  const backups = new Backups(holdfast, nowMs);

  const view = async () => {
    const [facts, disk, list, backupUnderWay] = await Promise.all([
      holdfast.storage.facts(),
      fileSystemFacts(holdfast.dataDir),
      backups.list(),
      backups.underWay(),
    ]);
    const { kind, location, engineVersion, schemaVersion, durability, sizeBytes } = facts;
    return {
      ...{ asOf: nowMs(), kind, location, engineVersion, schemaVersion, durability, sizeBytes },
      disk: { freeBytes: disk.freeBytes, sizeBytes: disk.sizeBytes },
      ...{ backupFolder: backups.folder, backups: list, backupUnderWay },
    };
  };

  const readSchema = {
    tags,
    operationId: "getStorage",
    summary: "The store, the disk under it, and the backups",
    description: "Also how far a backup is that is being written.",
    querystring: noQuery,
    response: answers({ 200: storageView }),
  };
  app.get("/api/storage", { schema: readSchema }, view);

  const actSchema = {
    tags,
    operationId: "lookAfterStorage",
    summary: "measure, doctor, backup or compact",
    description:
      "`measure` reads the sizes of tables and artifacts, `doctor` checks the store and what it needs, both without changing anything. `backup` writes a copy below the data folder while workers go on. `compact` writes the store anew without its free space, with `checkOnly` it says what that would do.",
    querystring: noQuery,
    body: storageBody,
    response: answers({ 200: z.union([storageMeasure, doctorReport, storageView, compactReport]) }),
  };
  app.post("/api/storage", { schema: actSchema, config: { isLong: true } }, (request) => {
    const { body } = request;
    const isLook = body.action === "compact" && body.checkOnly === true;
    const work = () => act(request, body);
    return isLook ? work() : gate.pass(body.action, callerOf(request).id, nowMs(), work);
  });

  async function act(request: FastifyRequest, body: StorageBody) {
    switch (body.action) {
      case "measure": {
        const { problems: _, ...sizes } = await holdfast.storage.examine();
        return { asOf: nowMs(), ...sizes };
      }
      case "doctor":
        return examineServer(holdfast, nowMs);
      case "backup": {
        await backups.make(actingFor(context, request).storage, body.name);
        return view();
      }
      case "compact": {
        const before = await lookBefore();
        if (body.checkOnly === true) return before;
        const done = await actingFor(context, request).storage.compact();
        return { ...before, ...done, isCheckOnly: false, refusal: null };
      }
    }
  }

  /** What compacting would do now. */
  async function lookBefore() {
    const [{ sizeBytes, unusedBytes, logBytes }, disk, leases] = await Promise.all([
      holdfast.storage.examine(),
      fileSystemFacts(holdfast.dataDir),
      holdfast.leases.list(),
    ]);
    const held = leases.filter(({ isExpired }) => !isExpired).map(({ runId }) => runId);
    const beforeBytes = sizeBytes + logBytes;
    const neededBytes = 2 * beforeBytes;
    const refusal =
      held.length > 0
        ? "Living workers hold runs: pause them, or stop the workers"
        : disk.freeBytes < neededBytes
          ? "The disk has not enough room for it"
          : null;
    return {
      ...{ isCheckOnly: true, beforeBytes, afterBytes: sizeBytes - unusedBytes, isLogEmpty: null as boolean | null },
      ...{
        neededBytes,
        freeBytes: disk.freeBytes,
        heldRuns: held.slice(0, HELD_TOLD_MAX) as readonly string[],
        refusal,
      },
    };
  }
}
