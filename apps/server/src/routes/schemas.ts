/** Parts shared by all route schemas: responses and problems. */
import { PROBLEM_TYPE, problem } from "@holdfast/protocol";
import { z } from "zod";

/**
 * Answers by status, for the OpenAPI document. The tests hold the answers to them; at run time they are not parsed again,
 * which would cost more than the read they come from.
 */
export type Answers = Readonly<Record<string, z.ZodType<unknown> | MediaAnswer>>;

/** An answer that is not plain JSON, or that has a media type of its own. */
interface MediaAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType<unknown> }>>;
}

const refused = media("A problem (RFC 9457): code, errors and suggestions say what is wrong and what to do.", {
  [PROBLEM_TYPE]: problem,
});

/** `statuses` beside those of refusals, which every route has. */
export function answers(statuses: Readonly<Record<number, z.ZodType<unknown> | MediaAnswer>>): Answers {
  return { ...statuses, "4xx": refused, "5xx": refused };
}

/** An answer with a schema for each media type. */
export function media(description: string, byType: Readonly<Record<string, z.ZodType<unknown>>>): MediaAnswer {
  const content = Object.entries(byType).map(([type, schema]) => [type, { schema }]);
  return { description, content: Object.fromEntries(content) };
}

/** An answer without a body: the document leaves out the content of what is null. */
export const nothing = (description: string): z.ZodType<unknown> => z.null().meta({ description });

/** The body of a probe: one word. */
export const probe = (...states: readonly [string, ...string[]]) => z.looseObject({ status: z.enum(states) });

/** The groups of the document. */
export const TAGS = {
  runs: ["Runs"],
  records: ["Records of a run"],
  schedules: ["Schedules"],
  asks: ["Signals and questions"],
  compare: ["Comparison"],
  uploads: ["Uploads"],
  management: ["Management"],
  catalogue: ["Catalogue"],
  qualify: ["Qualification"],
  server: ["Server"],
} as const;

/** What each group is for. */
export const TAG_DESCRIPTIONS: readonly { readonly name: string; readonly description: string }[] = [
  { name: "Runs", description: "Start runs, list them, act on them." },
  { name: "Records of a run", description: "The records of a run, and what a resume would do." },
  { name: "Signals and questions", description: "What runs wait for from outside." },
  { name: "Schedules", description: "What starts runs by the clock." },
  { name: "Comparison", description: "Comparison of two runs, as in `holdfast diff`." },
  { name: "Uploads", description: "Files that become inputs of runs." },
  { name: "Management", description: "Statistics, recovery, cleanup, workers, the audit log." },
  { name: "Catalogue", description: "Workflows and datasets." },
  {
    name: "Qualification",
    description: "The same for runs of the workflow `lead-qualification`, under its own paths.",
  },
  { name: "Server", description: "Sessions, probes, metrics, this document." },
];
