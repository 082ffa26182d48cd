/** Files that the run wrote, with a preview of the chosen one: text as text, pictures as pictures, everything else to download. */

import { useQuery } from "@tanstack/react-query";
import { Download } from "lucide-react";
import { useState } from "react";
import { runPath } from "../api/client.js";
import type { ArtifactPage, Run } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Problem } from "../parts/problem.js";
import { SCROLLS } from "../parts/scrolls.js";
import { bytes } from "../words/numbers.js";

type Artifact = ArtifactPage["rows"][number];

const PICTURE = /\.(png|jpe?g|gif|webp)$/i;
const TEXT = /\.(txt|md|csv|tsv|log|jsonl?|ya?ml|xml|html?|svg|css|m?js|ts)$/i;
/** Of a text as much is shown; the whole is to download. */
const SHOWN_BYTES = 200_000;

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
      {artifact === undefined ? <div /> : <Preview key={artifact.href} artifact={artifact} />}
    </div>
  );
}

function Preview({ artifact }: { readonly artifact: Artifact }) {
  // Relative to where the page is mounted.
  const href = artifact.href.replace(/^\//, "");
  return (
    <section className="panel first preview" aria-labelledby="h-preview">
      <header>
        <h2 id="h-preview" className="cut">
          {artifact.name}
        </h2>
        <span className="dim small mono cut" title={`sha256 ${artifact.sha256}`}>
          sha256 {artifact.sha256.slice(0, 12)}
        </span>
        <span className="end">
          <a className="btn sm" href={href} download={artifact.name.split("/").at(-1)}>
            <Download className="i s" aria-hidden="true" />
            Download
          </a>
        </span>
      </header>
      {PICTURE.test(artifact.name) ? (
        <img className="picture" src={href} alt={artifact.name} />
      ) : TEXT.test(artifact.name) ? (
        <Text href={href} sizeBytes={artifact.sizeBytes} />
      ) : (
        <p className="pad dim">There is no preview of this kind of file.</p>
      )}
    </section>
  );
}

/** Whatever it says it is, it is shown as text: a page of a model's making runs nowhere. */
function Text({ href, sizeBytes }: { readonly href: string; readonly sizeBytes: number }) {
  const { data, error } = useQuery({
    queryKey: ["artifact", href],
    queryFn: async ({ signal }) => {
      const range = sizeBytes > SHOWN_BYTES ? { range: `bytes=0-${SHOWN_BYTES - 1}` } : {};
      const answer = await fetch(href, { signal, headers: range });
      if (!answer.ok) throw new Error(`The server answered ${answer.status}.`);
      return answer.text();
    },
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) return <Problem error={error} what="The file could not be read" />;
  return (
    <>
      <pre className="text preview-text" {...SCROLLS}>
        {data}
      </pre>
      {sizeBytes > SHOWN_BYTES ? (
        <p className="pad dim">
          The first {bytes(SHOWN_BYTES)} of {bytes(sizeBytes)}.
        </p>
      ) : null}
    </>
  );
}
