/** The store as an admin looks after it: its sizes, its backups, its check, and what compacting it would give back. */
import { z } from "zod";
import { count, instant } from "./scalars.js";

export const backupName = z
  .string()
  .regex(
    /^[A-Za-z0-9](?:[A-Za-z0-9_-]|\.(?!\.)){0,79}\.db$/,
    'letters, digits, ".", "_" or "-" are expected, with .db at the end',
  );

/** The body of POST /api/storage. */
export const storageBody = z.discriminatedUnion("action", [
  z.strictObject({ action: z.literal("measure") }),
  z.strictObject({ action: z.literal("doctor") }),
  z.strictObject({
    action: z.literal("backup"),
    name: backupName
      .optional()
      .meta({ description: "Default: the date and time. An existing file is never replaced." }),
  }),
  z.strictObject({
    action: z.literal("compact"),
    checkOnly: z.boolean().optional().meta({ description: "Say what it would do; change nothing." }),
  }),
]);
export type StorageBody = z.output<typeof storageBody>;

const backup = z.looseObject({ name: z.string(), sizeBytes: count, writtenAt: instant });

export const storageView = z.looseObject({
  asOf: instant,
  kind: z.string(),
  location: z.string(),
  engineVersion: z.string(),
  schemaVersion: count,
  durability: z.string(),
  sizeBytes: count.meta({ description: "Of the store with its log." }),
  disk: z.looseObject({ freeBytes: count, sizeBytes: count }),
  backupFolder: z.string(),
  backups: z.array(backup).meta({ description: "Newest first." }),
  backupUnderWay: z
    .looseObject({ name: z.string(), startedAt: instant, bytes: count, ofBytes: count })
    .nullable()
    .meta({ description: "How far a backup is; null while none is written." }),
});

export const storageMeasure = z.looseObject({
  asOf: instant,
  sizeBytes: count,
  unusedBytes: count,
  logBytes: count,
  tables: z
    .array(z.looseObject({ name: z.string(), bytes: count }))
    .meta({ description: "Largest first, with their indexes." }),
  artifacts: z.looseObject({ count, bytes: count }),
  largestRuns: z.array(z.looseObject({ runId: z.string(), count, bytes: count })),
});

export const doctorReport = z.looseObject({
  asOf: instant,
  isFit: z.boolean(),
  findings: z.array(
    z.looseObject({
      name: z.string(),
      level: z.enum(["ok", "note", "problem"]),
      text: z.string(),
      cure: z.string().nullable().meta({ description: "What to do; null where nothing needs doing." }),
    }),
  ),
});

export const compactReport = z.looseObject({
  isCheckOnly: z.boolean(),
  beforeBytes: count,
  afterBytes: count.meta({ description: "Of a check: an estimate." }),
  isLogEmpty: z.boolean().nullable().meta({ description: "Null of a check." }),
  neededBytes: count.meta({ description: "Room on the disk while it is under way." }),
  freeBytes: count,
  heldRuns: z
    .array(z.string())
    .meta({ description: "Runs that living workers hold, at most 20: they have to rest first." }),
  refusal: z.string().nullable().meta({ description: "Why it would be refused now." }),
});
