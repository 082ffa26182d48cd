/** Files that the run wrote, with a preview of the chosen one. */
import { useState } from "react";
import { runPath } from "../api/client.js";
import type { ArtifactPage, Run } from "../api/types.js";
import { FilePreview } from "../files/preview.js";
import { usePolled } from "../live/use-polled.js";
import { bytes } from "../words/numbers.js";

export function ArtifactsTab({ run }: { readonly run: Run }) {
  const { data } = usePolled<ArtifactPage>(runPath(run.id, "/artifacts"), {
    everyMs: run.status === "running" ? 4_000 : null,
  });
  const [chosen, setChosen] = useState<string | null>(null);
  const rows = data?.rows ?? [];
  const artifact = rows.find(({ href }) => href === chosen) ?? rows[0];
  if (data !== undefined && rows.length === 0) {
    return (
      <div className="void framed">
        <h2>No files yet</h2>
        <p className="dim">A stage writes one with artifact.write; it appears here with its hash.</p>
      </div>
    );
  }
  return (
    <div className="split">
      <section className="panel first" aria-labelledby="h-files">
        <h2 id="h-files" className="vh">
          Files
        </h2>
        <table className="tbl plain">
          <thead>
            <tr>
              <th>Name</th>
              <th>Stage</th>
              <th className="num">Attempt</th>
              <th className="num">Size</th>
            </tr>
          </thead>
          <tbody>
            {rows.map((one) => (
              <tr key={`${one.stage}/${one.attempt}/${one.name}`} aria-selected={one === artifact}>
                <td>
                  <button type="button" className="id" onClick={() => setChosen(one.href)}>
                    {one.name}
                  </button>
                </td>
                <td className="mono dim">{one.stage}</td>
                <td className="num">{one.attempt}</td>
                <td className="num">{bytes(one.sizeBytes)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      </section>
      {artifact === undefined ? <div /> : <FilePreview key={artifact.href} artifact={artifact} />}
    </div>
  );
}
