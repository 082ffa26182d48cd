/** The query shape of the shared package in the words of PostgreSQL. */
import { FROM_RUN, runColumns, selectColumns } from "@holdfast/store-sql";

export const RUN_COLUMNS = selectColumns(
  runColumns({
    search_fields:
      "(SELECT coalesce(json_agg(f.field), '[]')::text FROM search_field f WHERE f.workflow_k = r.workflow_k)",
    has_secrets: "(r.secrets IS NOT NULL)::int",
  }),
);

export { FROM_RUN };
