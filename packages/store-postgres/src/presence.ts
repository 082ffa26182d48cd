/**
 * Which processes are gone, wherever they ran. A process that takes runs holds an advisory lock of a connection of its own, outside
 * any pool: its death ends the connection, and the server the lock, at once. It writes every second that it is here, over another
 * connection. Absence means death only where both are missing, and only to an observer whose own connection is older than the
 * time in which everybody comes back after a restart of the server.
 *
 * server restarts   all locks are gone, all connections too
 * worker            reconnects within a quarter of a second, takes its lock again, writes that it is here
 * observer          reconnects as well; judges from two seconds after
 *
 * Where a pooler stands between, a session is nobody's: the lock is not taken, and leases end by their time to live as before.
 */
import type { Holder } from "@holdfast/core";
import type pg from "pg";
import { isThroughPooler } from "./connections.js";
import { Session } from "./session.js";
import { every } from "./timers.js";

/** Looked at so often whether the connection is there: what was lost comes back within it. */
const TICK_MS = 250;
const BEAT_MS = 1_000;
/** Two beats are missing; everybody had eight ticks to come back. */
const GONE_AFTER = "interval '2 s'";
/** Rows of processes that ended without a word. Their runs were taken over long before. */
const FORGOTTEN_AFTER = "interval '1 day'";

/** A holder but for its name: a process may have several. */
type ProcessOf = Omit<Holder, "name">;

interface Registered {
  readonly of: ProcessOf;
  /** Null until its row is written, and again where somebody has removed it. */
  presenceK: number | null;
  /** The connection that has its lock. */
  lockedBy: pg.Client | null;
}

export const processKeyOf = ({ host, pid, bootId, pidNamespace, processStart }: ProcessOf): string =>
  JSON.stringify([host, pid, bootId, pidNamespace, processStart]);

export class Presence {
  private readonly registered = new Map<string, Registered>();
  private readonly session: Session;
  private stopTicking: (() => void) | null = null;
  private ticking: Promise<void> | null = null;
  private beatAtTick = 0;
  private tickCount = 0;
  private isPooled: boolean;
  private isClosed = false;

  constructor(
    /** Null where no connection is to the server itself. */
    makeClient: (() => pg.Client) | null,
    /** Tells locks of one schema from those of another. */
    private readonly lockClass: number,
    private readonly beat: (work: (client: pg.Client) => Promise<void>) => Promise<void>,
  ) {
    this.isPooled = makeClient === null;
    this.session = new Session(makeClient ?? noClient);
  }

  /** Whether a process can prove here that it lives: not through a pooler. */
  get canProve(): boolean {
    return !this.isPooled;
  }

  /** Runs are held in the name of this process from now on. Waits for nothing: what fails is tried again. */
  attend({ name: _name, ...of }: Holder): void {
    if (this.isClosed || this.isPooled) return;
    const key = processKeyOf(of);
    if (this.registered.has(key)) return;
    this.registered.set(key, { of, presenceK: null, lockedBy: null });
    this.stopTicking ??= every(TICK_MS, () => this.tick());
    this.tick();
  }

  /** Keys of the processes that are known to be gone; none where nobody can tell. */
  async listGone(): Promise<ReadonlySet<string>> {
    if (this.isClosed || this.isPooled) return new Set();
    try {
      const client = await this.session.connect();
      const { rows } = await client.query<Holder>(GONE_SQL, [this.lockClass]);
      return new Set(rows.map(processKeyOf));
    } catch (thrown) {
      this.session.note(thrown);
      return new Set();
    }
  }

  async close(): Promise<void> {
    if (this.isClosed) return;
    this.isClosed = true;
    this.stopTicking?.();
    await this.ticking;
    const numbers = [...this.registered.values()].flatMap(({ presenceK }) => presenceK ?? []);
    // A process that leaves is not gone: what it still holds ends by its time to live.
    if (numbers.length > 0) {
      const left = this.session.connect().then((client) => client.query(LEAVE_SQL, [numbers]));
      await left.catch(() => {});
    }
    await this.session.close();
  }

  private tick(): void {
    this.tickCount += 1;
    this.ticking ??= this.come()
      .catch((thrown: unknown) => this.session.note(thrown))
      .finally(() => {
        this.ticking = null;
      });
  }

  /** Takes what is missing: the connection, the rows, the locks; and says every second that the process is here. */
  private async come(): Promise<void> {
    const client = await this.session.connect();
    for (const one of this.registered.values()) {
      if (one.lockedBy === client) continue;
      one.presenceK ??= await register(client, one.of);
      const taken = await takeLock(client, this.lockClass, one.presenceK);
      if (taken === "pooled") return this.giveUp(client);
      if (taken === "locked") one.lockedBy = client;
      // A row that was written before says when its process was last seen: at once, it is here again.
      this.beatAtTick = 0;
    }
    if (this.tickCount - this.beatAtTick < BEAT_MS / TICK_MS && this.beatAtTick > 0) return;
    this.beatAtTick = this.tickCount;
    await this.beat((beating) => this.say(beating));
  }

  private async say(client: pg.Client): Promise<void> {
    const all = [...this.registered.values()];
    const { rows } = await client.query<{ presence_k: number }>(SEEN_SQL, [all.flatMap((one) => one.presenceK ?? [])]);
    const seen = new Set(rows.map(({ presence_k }) => presence_k));
    for (const one of all) {
      if (one.presenceK === null || seen.has(one.presenceK)) continue;
      one.presenceK = null;
      one.lockedBy = null;
    }
  }

  private async giveUp(client: pg.Client): Promise<void> {
    this.isPooled = true;
    this.stopTicking?.();
    const numbers = [...this.registered.values()].flatMap(({ presenceK }) => presenceK ?? []);
    this.registered.clear();
    await client.query(LEAVE_SQL, [numbers]);
    await this.session.close();
  }
}

const LEAVE_SQL = "DELETE FROM presence WHERE presence_k = ANY($1::int[])";
const SEEN_SQL = `UPDATE presence SET seen_at = clock_timestamp() WHERE presence_k = ANY($1::int[]) RETURNING presence_k`;
const FORGET_SQL = `DELETE FROM presence WHERE seen_at < clock_timestamp() - ${FORGOTTEN_AFTER}`;
const REGISTER_SQL = `INSERT INTO presence (host, pid, boot_id, pid_namespace, process_start, seen_at)
  VALUES ($1, $2, $3, $4, $5, clock_timestamp()) RETURNING presence_k`;

/** `objsubid` 2: a lock of two numbers. */
const GONE_SQL = `
  SELECT p.host, p.pid, p.boot_id AS "bootId", p.pid_namespace AS "pidNamespace", p.process_start AS "processStart"
    FROM presence p
   WHERE (SELECT a.backend_start FROM pg_stat_activity a WHERE a.pid = pg_backend_pid()) < clock_timestamp() - ${GONE_AFTER}
   GROUP BY 1, 2, 3, 4, 5
  HAVING max(p.seen_at) < clock_timestamp() - ${GONE_AFTER}
     AND NOT bool_or(EXISTS (
           SELECT 1 FROM pg_locks l
            WHERE l.locktype = 'advisory' AND l.classid = $1::int::oid AND l.objid = p.presence_k::oid AND l.objsubid = 2
              AND l.database = (SELECT d.oid FROM pg_database d WHERE d.datname = current_database())))`;

function noClient(): pg.Client {
  throw new Error("a lock was asked for where no connection is to the server itself");
}

async function register(client: pg.Client, of: ProcessOf): Promise<number> {
  const { host, pid, bootId, pidNamespace, processStart } = of;
  await client.query(FORGET_SQL);
  const { rows } = await client.query<{ presence_k: number }>(REGISTER_SQL, [
    ...[host, pid, bootId, pidNamespace, processStart],
  ]);
  return (rows[0] as { presence_k: number }).presence_k;
}

/**
 * "held": by the connection before this one, which the server takes for alive. "pooled": the process that the server talks to
 * is not the one that answered the handshake, so a pooler hands its connections around.
 */
async function takeLock(
  client: pg.Client,
  lockClass: number,
  presenceK: number,
): Promise<"locked" | "held" | "pooled"> {
  if (await isThroughPooler(client)) return "pooled";
  const taken = await client.query<{ is_taken: boolean }>("SELECT pg_try_advisory_lock($1, $2) AS is_taken", [
    ...[lockClass, presenceK],
  ]);
  return taken.rows[0]?.is_taken === true ? "locked" : "held";
}
