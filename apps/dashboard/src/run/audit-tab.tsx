/** Who did what to this run. */
import { query } from "../api/client.js";
import type { AuditPage, Run } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { AuditTable } from "../parts/audit-table.js";

export function AuditTab({ run }: { readonly run: Run }) {
  const { data } = usePolled<AuditPage>(`api/audit${query({ runId: run.id, limit: 200 })}`, { everyMs: 5_000 });
  return <AuditTable rows={data?.rows ?? []} withRun={false} />;
}
