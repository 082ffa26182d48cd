/** The store: how much room it has and takes, what takes it, its backups, and what compacting it would give back. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { DatabaseBackup, RefreshCw } from "lucide-react";
import { useState } from "react";
import type { StorageMeasure, StorageView } from "../api/types.js";
import { usePolled } from "../live/use-polled.js";
import { Button, CopyButton } from "../parts/button.js";
import { useNow } from "../parts/now.js";
import { Problem } from "../parts/problem.js";
import { bytes, count, counted, percent } from "../words/numbers.js";
import { ago, clock, instant } from "../words/times.js";
import { askStorage } from "./ask-storage.js";
import { Compact } from "./compact.js";

const PATH = "api/storage";

export function Storage() {
  const [isBackingUp, setBackingUp] = useState(false);
  // No event tells that a file has grown; asked only while this tab is shown.
  const { data: view, error, refetch } = usePolled<StorageView>(PATH, { everyMs: isBackingUp ? 1_000 : 15_000 });
  const measured = useQuery({
    queryKey: ["measure"],
    queryFn: () => askStorage<StorageMeasure>({ action: "measure" }),
    staleTime: Number.POSITIVE_INFINITY,
    retry: false,
  });
  if (error !== null && view === undefined)
    return <Problem error={error} what="The store could not be read" onAgain={() => void refetch()} />;
  return (
    <>
      {view === undefined ? null : <Room view={view} files={measured.data?.artifacts.bytes ?? null} />}
      <Sizes measured={measured} />
      {view === undefined ? null : <Backups view={view} onBusy={setBackingUp} />}
      <Compact />
    </>
  );
}

function Room({ view, files }: { readonly view: StorageView; readonly files: number | null }) {
  const { disk, sizeBytes } = view;
  const used = Math.max(0, disk.sizeBytes - disk.freeBytes);
  const other = Math.max(0, used - sizeBytes - (files ?? 0));
  const width = (size: number) => ({ width: `${(100 * size) / Math.max(1, disk.sizeBytes)}%` });
  const parts = [
    { name: "store", size: sizeBytes, className: "is-store" },
    ...(files === null ? [] : [{ name: "run files", size: files, className: "is-files" }]),
    { name: "other", size: other, className: "is-other" },
  ];
  return (
    <section className="panel first" aria-labelledby="h-room">
      <header>
        <h2 id="h-room">Storage</h2>
        <span className="dim small mono cut" title={view.location}>
          {view.location}
        </span>
      </header>
      <div className="pad storage-room">
        <p>
          <b className="n">{bytes(disk.freeBytes)}</b> <span className="mid">free of {bytes(disk.sizeBytes)}</span>
        </p>
        <div
          className="bar tall room"
          role="img"
          aria-label={`${parts.map(({ name, size }) => `${name} ${bytes(size)}`).join(", ")}, free ${bytes(disk.freeBytes)}`}
        >
          {parts.map(({ name, size, className }) => (
            <i key={name} className={className} style={width(size)} />
          ))}
        </div>
        <ul className="legend">
          {parts.map(({ name, size, className }) => (
            <li key={name}>
              <i className={className} aria-hidden="true" /> {name} <b>{bytes(size)}</b>
            </li>
          ))}
        </ul>
        <dl className="facts">
          <dt>Durability</dt>
          <dd>{view.durability}</dd>
          <dt>Version</dt>
          <dd>
            {view.kind} {view.engineVersion}, schema {count(view.schemaVersion)}
          </dd>
        </dl>
      </div>
    </section>
  );
}

function Sizes({ measured }: { readonly measured: ReturnType<typeof useQuery<StorageMeasure>> }) {
  const { data, error, isFetching, refetch } = measured;
  return (
    <section className="panel" aria-labelledby="h-sizes">
      <header>
        <h2 id="h-sizes">What takes room</h2>
        <span className="dim small" role="status">
          {isFetching
            ? "Reading the whole store…"
            : data === undefined
              ? ""
              : `${bytes(data.unusedBytes)} of ${bytes(data.sizeBytes)} unused, log ${bytes(data.logBytes)}, measured ${clock(data.asOf)}`}
        </span>
        <span className="end btns">
          <Button size="sm" kind="bare" refusal={isFetching ? "It is measuring" : null} onClick={() => void refetch()}>
            <RefreshCw className="i s" aria-hidden="true" />
            Measure again
          </Button>
        </span>
      </header>
      {error === null ? null : (
        <Problem error={error} what="The store could not be measured" onAgain={() => void refetch()} />
      )}
      {data === undefined ? null : (
        <div className="storage-split">
          <table className="tbl plain">
            <caption className="vh">Tables of the store</caption>
            <thead>
              <tr>
                <th>Table</th>
                <th className="num">Share</th>
                <th className="num">Size</th>
              </tr>
            </thead>
            <tbody>
              {data.tables.slice(0, TABLES_SHOWN).map(({ name, bytes: size }) => (
                <tr key={name}>
                  <td className="mono">{name}</td>
                  <td className="num dim">{percent(size / Math.max(1, data.sizeBytes))}</td>
                  <td className="num">{bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
          <table className="tbl plain">
            <caption className="vh">Runs with the largest files</caption>
            <thead>
              <tr>
                <th>Run</th>
                <th className="num">Files</th>
                <th className="num">Size</th>
              </tr>
            </thead>
            <tbody>
              {data.largestRuns.length === 0 ? (
                <tr>
                  <td colSpan={3} className="dim">
                    No run has written a file.
                  </td>
                </tr>
              ) : null}
              {data.largestRuns.slice(0, TABLES_SHOWN).map(({ runId, count: files, bytes: size }) => (
                <tr key={runId}>
                  <td>
                    <Link className="id" to="/runs/$runId/$tab" params={{ runId, tab: "artifacts" }}>
                      {runId}
                    </Link>
                  </td>
                  <td className="num dim">{count(files)}</td>
                  <td className="num">{bytes(size)}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      )}
    </section>
  );
}

const TABLES_SHOWN = 8;

interface BackupsProps {
  readonly view: StorageView;
  readonly onBusy: (isBusy: boolean) => void;
}

function Backups({ view, onBusy }: BackupsProps) {
  const client = useQueryClient();
  const nowMs = useNow();
  const make = useMutation({
    mutationFn: () => askStorage<StorageView>({ action: "backup" }),
    onMutate: () => onBusy(true),
    onSuccess: (next) => client.setQueryData([PATH], next),
    onSettled: () => onBusy(false),
  });
  const { backups, backupUnderWay: underWay, backupFolder } = view;
  const [newest] = backups;
  const isBusy = make.isPending || underWay !== null;
  return (
    <section className="panel" aria-labelledby="h-backups">
      <header>
        <h2 id="h-backups">Backups</h2>
        <span className="dim small" role="status">
          {underWay !== null
            ? `${underWay.name}: ${bytes(underWay.bytes)} of about ${bytes(underWay.ofBytes)}`
            : make.isPending
              ? "The store is being checked first…"
              : newest === undefined
                ? "none yet"
                : `last ${ago(newest.writtenAt, nowMs)}, ${bytes(newest.sizeBytes)}`}
        </span>
        <span className="end btns">
          <Button size="sm" refusal={isBusy ? "A backup is being written" : null} onClick={() => make.mutate()}>
            <DatabaseBackup className="i s" aria-hidden="true" />
            Back up now
          </Button>
        </span>
      </header>
      {make.error === null ? null : (
        <p className="pad c-fail" role="alert">
          {make.error.message}
        </p>
      )}
      {underWay === null ? null : (
        <progress className="pad" aria-label="Backup" value={underWay.bytes} max={Math.max(1, underWay.ofBytes)} />
      )}
      <p className="pad dim small">
        Copies are written to <span className="mono">{backupFolder}</span> while runs go on. Keep some on another
        machine: to restore one, stop all workers and put it in the place of the store.{" "}
        <CopyButton text="holdfast db backup ./backup.db" label="Copy: holdfast db backup ./backup.db" />
      </p>
      {backups.length === 0 ? null : (
        <table className="tbl plain">
          <thead>
            <tr>
              <th>File</th>
              <th className="num">Size</th>
              <th className="num">Written</th>
            </tr>
          </thead>
          <tbody>
            {backups.map(({ name, sizeBytes, writtenAt }) => (
              <tr key={name}>
                <td className="mono">{name}</td>
                <td className="num">{bytes(sizeBytes)}</td>
                <td className="num mid" title={instant(writtenAt)}>
                  {ago(writtenAt, nowMs)}
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <p className="vh">{counted(backups.length, "backup")}</p>
    </section>
  );
}
