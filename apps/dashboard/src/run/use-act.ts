/** Acting on a run: with the revision that was seen, so that nobody acts on what is not so any more. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ask, runPath } from "../api/client.js";
import type { ActionBody, Run, RunSummary } from "../api/types.js";

export function useAct(run: Pick<RunSummary, "id" | "revision">) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ActionBody) =>
      ask<Run>(runPath(run.id), { method: "PUT", body, headers: { "if-match": `"${run.revision}"` } }),
    onSettled: () => client.invalidateQueries({ queryKey: ["run", run.id] }),
  });
}
