/** The parts of every route's schema: what it answers, and how what it refuses looks. */
import { PROBLEM_TYPE, problem } from "@holdfast/protocol";
import type { z } from "zod";

/**
 * Answers by status, for the OpenAPI document. The tests hold the answers to them; at run time they are not parsed again,
 * which would cost more than the read they come from.
 */
export type Answers = Readonly<Record<string, z.ZodType<unknown> | ProblemAnswer>>;

interface ProblemAnswer {
  readonly description: string;
  readonly content: Readonly<Record<string, { readonly schema: z.ZodType<unknown> }>>;
}

const refused: ProblemAnswer = {
  description: "A problem (RFC 9457): code, errors and suggestions say what is wrong and what can be done.",
  content: { [PROBLEM_TYPE]: { schema: problem } },
};

export function answers(byStatus: Readonly<Record<number, z.ZodType<unknown>>>): Answers {
  return { ...byStatus, "4xx": refused, "5xx": refused };
}

/** The groups of the document. */
export const TAGS = {
  runs: ["Runs"],
  records: ["Records of a run"],
  management: ["Management"],
  catalogue: ["Catalogue"],
  qualify: ["Qualification"],
  server: ["Server"],
} as const;
