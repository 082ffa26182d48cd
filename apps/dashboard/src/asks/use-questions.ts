/** Open questions to people, as the caller may see them; all, or those of one run. */
import { query } from "../api/client.js";
import type { AskPage, Question } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";

const PATH = "api/asks";

interface Wanted {
  readonly everyMs: number;
  readonly runId?: string;
  readonly limit?: number;
  readonly isEnabled?: boolean;
}

export function useQuestions({ everyMs, runId, limit, isEnabled = true }: Wanted) {
  const { data } = usePolled<AskPage>(`${PATH}${query({ runId, limit })}`, { everyMs, isEnabled });
  const questions: readonly Question[] = (isEnabled ? data?.rows : undefined) ?? [];
  return { questions, isRead: data !== undefined };
}

/** Whether a query of the cache is a list of questions: after an answer they are all read anew. */
export const isOfQuestions = ({ queryKey: [path] }: { readonly queryKey: readonly unknown[] }): boolean =>
  typeof path === "string" && path.startsWith(PATH);

/** A question that is asked again is another one. */
export const keyOf = ({ runId, name, attempt }: Question): string => `${runId} ${name} ${attempt}`;
