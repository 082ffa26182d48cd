/** Datasets that runs have ingested, with their versions by content. */
import type { DatasetPage } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { CopyButton } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { Problem } from "../parts/problem.js";
import { useTitle } from "../tab/use-title.js";
import { count } from "../words/numbers.js";
import { ago, instant } from "../words/times.js";

const COMMAND = "holdfast datasets ingest <file>";

export function DatasetsPage() {
  const { data, error, refetch } = usePolled<DatasetPage>("api/datasets", { everyMs: 10_000 });
  const nowMs = useNow();
  useTitle("Datasets");
  if (error !== null && data === undefined)
    return <Problem error={error} what="The datasets could not be read" onAgain={() => void refetch()} />;
  const rows = data?.rows ?? [];
  if (data !== undefined && rows.length === 0) {
    return (
      <div className="void framed">
        <h1>No dataset yet</h1>
        <p className="dim">A file is read once: its rows with keys and hashes, in versions by content.</p>
        <div className="code">
          <span className="p">$ </span>
          {COMMAND}
          <CopyButton text={COMMAND} label="Copy the command" className="btn bare icon sm copy" />
        </div>
      </div>
    );
  }
  return (
    <>
      <h1 className="vh">Datasets</h1>
      <table className="tbl plain datasets">
        <thead>
          <tr>
            <th>Name</th>
            <th className="num">Version</th>
            <th className="num">Rows</th>
            <th>Content</th>
            <th className="num">Ingested</th>
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={`${row.name} ${row.version}`}>
              <td className="id">{row.name}</td>
              <td className="num">{count(row.version)}</td>
              <td className="num">{count(row.rowCount)}</td>
              <td className="mono dim">{typeof row.sha256 === "string" ? row.sha256.slice(0, 16) : ""}</td>
              <td className="num" title={instant(row.ingestedAt)}>
                {ago(row.ingestedAt, nowMs)}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}
