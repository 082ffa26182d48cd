/**
 * One file of both runs. The server compares it, by path or by line; JSON that is small enough is read and matched here instead,
 * since a list with one member more at its beginning then differs in one.
 */
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { ask, query, runPath } from "../api/client.js";
import { parseExact } from "../api/exact-json.js";
import type { ArtifactDifference, ArtifactPage } from "../api/types.js";
import { Problem } from "../parts/problem.js";
import { DiffBox, Hunks } from "./diff-lines.js";

const JsonValues = lazy(() => import("./json-difference.js").then((m) => ({ default: m.JsonValues })));
const JsonDifferences = lazy(() => import("./json-difference.js").then((m) => ({ default: m.JsonDifferences })));

interface FileDiffProps {
  readonly a: string;
  readonly b: string;
  readonly stage: string;
  readonly name: string;
}

/** Of each file. */
const MATCHED_BYTES_MAX = 1_000_000;

export function FileDiff(of: FileDiffProps) {
  const { data, error, refetch } = useQuery({
    queryKey: ["compare-file", of],
    queryFn: ({ signal }) =>
      ask<ArtifactDifference>(`api/compare/artifact${query({ ...of })}`, { signal, parse: parseExact }),
    staleTime: Number.POSITIVE_INFINITY,
  });
  if (error !== null) {
    return <Problem error={error} what="The files could not be compared" onAgain={() => void refetch()} />;
  }
  if (data === undefined) return <p className="dim">Reading both files</p>;
  if (data.changes !== undefined) {
    const isSmall = (data.bytes ?? []).every((bytes) => bytes <= MATCHED_BYTES_MAX);
    const byPath = <JsonDifferences differences={data.changes.first} total={data.changes.count} />;
    return (
      <DiffBox label={`Difference of ${of.name}`}>
        <Suspense fallback={null}>{isSmall ? <Matched of={of} instead={byPath} /> : byPath}</Suspense>
      </DiffBox>
    );
  }
  if (data.lines === undefined) {
    const [inA = "", inB = ""] = (data.sha256 ?? []).map((hash) => hash.slice(0, 12));
    return (
      <p className="mid">
        These are no texts: their hashes are <span className="mono">{inA}</span> and <span className="mono">{inB}</span>
        .
      </p>
    );
  }
  return (
    <DiffBox label={`Difference of ${of.name}`}>
      <Hunks hunks={data.lines.hunks} />
    </DiffBox>
  );
}

/** Both files, matched here. `instead`: where one cannot be read, or is no JSON that is read exactly. */
function Matched({
  of: { a, b, stage, name },
  instead,
}: {
  readonly of: FileDiffProps;
  readonly instead: React.ReactNode;
}) {
  const { data, error } = useQuery({
    queryKey: ["compare-json", a, b, stage, name],
    queryFn: async ({ signal }) => {
      const read = async (runId: string) => {
        const page = await ask<ArtifactPage>(runPath(runId, `/artifacts${query({ stage })}`), { signal });
        const file = page.rows.filter((row) => row.name === name).at(-1);
        if (file === undefined) throw new Error(`${runId} has no ${name}`);
        return ask<unknown>(file.href.replace(/^\//, ""), { signal, parse: parseExact });
      };
      return Promise.all([read(a), read(b)]);
    },
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 30_000,
    retry: false,
  });
  if (error !== null) return instead;
  if (data === undefined) return null;
  return <JsonValues before={data[0]} after={data[1]} />;
}
