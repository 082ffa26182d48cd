/** Files that callers send to be inputs of runs: what is asked and what is answered. */
import { z } from "zod";
import { count, instant } from "./scalars.js";

export const uploadParams = z.object({
  uploadId: z
    .string()
    .max(200)
    .meta({ description: "The ID from the response to the upload.", examples: ["0f1e2d3c4b5a69788796a5b4c3d2e1f0"] }),
});

export const uploadHeaders = z.looseObject({
  "x-filename": z
    .string()
    .max(2_000)
    .optional()
    .meta({ description: "The file's name, percent-encoded if it is not ASCII." }),
});

/** The file, as it stands: nothing looks into it here. */
export const uploadBody = z.unknown().meta({ type: "string", format: "binary", description: "The file itself." });

export const uploadQuery = z.strictObject({
  name: z.string().max(2_000).optional().meta({ description: "The file's name, if there is no header `x-filename`." }),
});

export const upload = z.looseObject({
  id: z.string().meta({ description: "Use it as `upload:<id>` wherever an input accepts a path." }),
  name: z.string(),
  bytes: count,
  sha256: z.string(),
  createdAt: instant,
  removedAfter: instant.meta({
    description: "When the upload is removed, unless a start uses it before then or a run still needs it.",
  }),
});

export const uploadPage = z.looseObject({
  rows: z.array(upload),
  bytes: count.meta({ description: "Total size of the uploads." }),
  bytesMax: count.meta({ description: "Limit of the total size." }),
  fileBytesMax: count.meta({ description: "Limit for a single file." }),
});
