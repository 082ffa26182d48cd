/** Whether anything is unhealthy, and what would be done about it: workers, leases, management with its dry run, the audit. */
import { Link, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { useMayAct, useSession } from "../api/session-context.js";
import type { AuditPage, ManagementView, WorkerPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { AuditTable } from "../parts/audit-table.js";
import { useTitle } from "../tab/use-title.js";
import { count } from "../words/numbers.js";
import { Figures } from "./figures.js";
import { Leases } from "./leases.js";
import { Manage } from "./manage.js";
import { Workers } from "./workers.js";

type Tab = "overview" | "workers" | "leases" | "schedules" | "manage" | "storage" | "doctor" | "audit";

const Schedules = lazy(() => import("./schedules/schedules.js").then((chunk) => ({ default: chunk.Schedules })));
const Storage = lazy(() => import("./storage.js").then((chunk) => ({ default: chunk.Storage })));
const Doctor = lazy(() => import("./doctor.js").then((chunk) => ({ default: chunk.Doctor })));

export function SystemPage() {
  const { tab = "overview" } = useParams({ strict: false }) as { tab?: Tab };
  const { role } = useSession();
  const mayAct = useMayAct();
  const { data: management } = usePolled<ManagementView>("api/management?limit=200", { everyMs: 3_000 });
  const { data: workers } = usePolled<WorkerPage>("api/workers", { everyMs: 3_000, isEnabled: mayAct });
  useTitle("System");
  const leases = management?.activeRuns.filter(({ lease }) => lease !== null) ?? [];
  const tabs: readonly { readonly name: Tab; readonly text: string; readonly n?: number }[] = [
    { name: "overview", text: "Overview" },
    ...(mayAct ? [{ name: "workers" as const, text: "Workers", n: workers?.rows.length ?? 0 }] : []),
    { name: "leases", text: "Leases", n: leases.length },
    { name: "schedules", text: "Schedules" },
    ...(role === "admin"
      ? [
          { name: "manage" as const, text: "Manage" },
          { name: "storage" as const, text: "Storage" },
          { name: "doctor" as const, text: "Doctor" },
          { name: "audit" as const, text: "Audit" },
        ]
      : []),
  ];
  return (
    <>
      <h1 className="vh">System</h1>
      <nav className="tabs" aria-label="Of the system">
        {tabs.map(({ name, text, n }) => (
          <Link
            key={name}
            to={name === "overview" ? "/system" : "/system/$tab"}
            params={{ tab: name }}
            activeOptions={{ exact: true }}
            aria-current={name === tab ? "page" : undefined}
          >
            {text}
            {n === undefined ? null : <span className="n">{count(n)}</span>}
          </Link>
        ))}
      </nav>
      <div className="system">
        {tab === "overview" ? (
          <>
            {management === undefined ? null : <Figures view={management} />}
            {mayAct ? <Workers rows={workers?.rows ?? []} /> : null}
            <Leases runs={leases} />
          </>
        ) : null}
        {tab === "workers" ? <Workers rows={workers?.rows ?? []} /> : null}
        {tab === "leases" ? <Leases runs={leases} /> : null}
        {tab === "schedules" ? (
          <Suspense>
            <Schedules />
          </Suspense>
        ) : null}
        {tab === "manage" ? <Manage /> : null}
        {tab === "storage" ? (
          <Suspense>
            <Storage />
          </Suspense>
        ) : null}
        {tab === "doctor" ? (
          <Suspense>
            <Doctor />
          </Suspense>
        ) : null}
        {tab === "audit" ? <Audit /> : null}
      </div>
    </>
  );
}

function Audit() {
  const { data } = usePolled<AuditPage>("api/audit?limit=200", { everyMs: 4_000 });
  return <AuditTable rows={data?.rows ?? []} withRun />;
}
