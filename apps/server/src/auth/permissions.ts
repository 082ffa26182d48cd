/**
 * The only permission table, with a row for every route. A route that is missing here answers 403, and the tests fail.
 */
import type { Role } from "../roles.js";

/** What a route needs, with the roles that have it. A viewer looks, an operator acts on their own runs, an admin on all. */
export const GRANTS = {
  /** Without a token: probes that say nothing, the page's shell, the exchange of a token. */
  public: [],
  "runs.read": ["viewer", "operator", "admin"],
  "runs.act": ["operator", "admin"],
  "catalogue.read": ["viewer", "operator", "admin"],
  "statistics.read": ["viewer", "operator", "admin"],
  "workers.read": ["operator", "admin"],
  "management.act": ["admin"],
  "datasets.act": ["admin"],
  "storage.act": ["admin"],
  "audit.read": ["admin"],
} as const satisfies Record<string, readonly Role[]>;

export type Permission = keyof typeof GRANTS;

/** In words, for refusals. */
export const MEANING: Readonly<Record<Permission, string>> = {
  public: "be here",
  "runs.read": "look at runs",
  "runs.act": "act on runs",
  "catalogue.read": "look at workflows and datasets",
  "statistics.read": "look at statistics",
  "workers.read": "look at workers",
  "management.act": "recover or clean up",
  "datasets.act": "delete datasets or erase keys",
  "storage.act": "look after the store",
  "audit.read": "read the audit log",
};

/** Method and pattern to what it needs. HEAD is its GET. */
export const PERMISSIONS: Readonly<Record<string, Permission>> = {
  "GET /": "public",
  "GET /inbox": "public",
  "GET /runs": "public",
  "GET /runs/*": "public",
  "GET /errors": "public",
  "GET /compare": "public",
  "GET /start": "public",
  "GET /start/*": "public",
  "GET /datasets": "public",
  "GET /system": "public",
  "GET /system/*": "public",
  "GET /settings": "public",
  "GET /assets/*": "public",
  "GET /icons/*": "public",
  "GET /theme.js": "public",
  "GET /icon.svg": "public",
  "GET /app.webmanifest": "public",
  "GET /docs.css": "public",
  "GET /healthz": "public",
  "GET /readyz": "public",
  "POST /session": "public",
  "DELETE /session": "public",
  "GET /session": "catalogue.read",
  "GET /metrics": "statistics.read",

  "GET /api/runs": "runs.read",
  "POST /api/runs": "runs.act",
  "GET /api/runs/:runId": "runs.read",
  "PUT /api/runs/:runId": "runs.act",
  "DELETE /api/runs/:runId": "runs.act",
  "POST /api/runs/:runId/actions": "runs.act",
  "GET /api/runs/:runId/health": "runs.read",
  "GET /api/runs/:runId/stages": "runs.read",
  "GET /api/runs/:runId/events": "runs.read",
  "GET /api/runs/:runId/items": "runs.read",
  "GET /api/runs/:runId/items/states": "runs.read",
  "GET /api/runs/:runId/items/lanes": "runs.read",
  "GET /api/runs/:runId/items/range": "runs.read",
  "GET /api/runs/:runId/maps": "runs.read",
  "GET /api/runs/:runId/history": "runs.read",
  "GET /api/runs/:runId/errors": "runs.read",
  "GET /api/runs/:runId/artifacts": "runs.read",
  "GET /api/runs/:runId/artifacts/*": "runs.read",
  "GET /api/runs/:runId/checkpoint": "runs.read",
  "GET /api/runs/:runId/recovery": "runs.read",
  "GET /api/runs/:runId/plan": "runs.read",
  "POST /api/runs/:runId/plan": "runs.read",
  "POST /api/runs/:runId/signals/:name": "runs.act",
  // Who is asked may answer, of whatever role: the route looks at the question.
  "POST /api/runs/:runId/asks/:name": "runs.read",
  "GET /api/asks": "runs.read",

  "POST /api/bulk": "runs.act",
  "POST /api/bulk/jobs": "runs.act",
  "GET /api/bulk/jobs/:jobId": "runs.read",
  "DELETE /api/bulk/jobs/:jobId": "runs.act",

  "GET /api/schedules": "runs.read",
  "GET /api/schedules/:name": "runs.read",
  "PUT /api/schedules/:name": "runs.act",
  "POST /api/schedules/:name/actions": "runs.act",

  "GET /api/compare": "runs.read",
  "GET /api/compare/items": "runs.read",
  "GET /api/compare/artifact": "runs.read",

  "GET /api/errors": "runs.read",
  "POST /api/errors/:fingerprint": "runs.act",
  "GET /api/facets": "runs.read",

  "GET /api/uploads": "runs.read",
  "POST /api/uploads": "runs.act",
  "DELETE /api/uploads/:uploadId": "runs.act",
  "GET /api/management": "statistics.read",
  "POST /api/management": "management.act",
  "GET /api/storage": "storage.act",
  "POST /api/storage": "storage.act",
  "GET /api/workflows": "catalogue.read",
  "GET /api/datasets": "catalogue.read",
  "POST /api/datasets/:name/actions": "datasets.act",
  "GET /api/workers": "workers.read",
  "GET /api/audit": "audit.read",
  "GET /api/openapi.json": "catalogue.read",
  "GET /api/docs": "catalogue.read",

  "GET /api/qualify": "runs.read",
  "POST /api/qualify": "runs.act",
  "GET /api/qualify/:runId": "runs.read",
  "PUT /api/qualify/:runId": "runs.act",
  "DELETE /api/qualify/:runId": "runs.act",
  "GET /api/qualify/:runId/health": "runs.read",
  "GET /api/qualify/management": "statistics.read",
  "POST /api/qualify/management": "management.act",
};

/** What a route needs; null where it has no row. */
export function permissionFor(method: string, pattern: string): Permission | null {
  const key = `${method === "HEAD" ? "GET" : method} ${pattern}`;
  return Object.hasOwn(PERMISSIONS, key) ? (PERMISSIONS[key] ?? null) : null;
}

export function isGranted(permission: Permission, role: Role): boolean {
  return (GRANTS[permission] as readonly Role[]).includes(role);
}
