/** One act on a schedule; what it changed is read again. */
import { useMutation, useQueryClient } from "@tanstack/react-query";
import { ask } from "../../api/client.js";
import type { ScheduleActed, ScheduleBody } from "../../api/types.js";

export function useAct(name: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: ScheduleBody) =>
      ask<ScheduleActed>(`api/schedules/${encodeURIComponent(name)}/actions`, { method: "POST", body }),
    // A look writes nothing, and what it said must not be read again.
    onSuccess: (_, body) =>
      body.action === "backfill" && body.checkOnly === true ? undefined : client.invalidateQueries(),
  });
}
