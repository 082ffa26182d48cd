/**
 * Connections to the server, and how long each may be used for what. Every statement of this store is written for its own
 * schema, which a connection names as it is made.
 */
import pg from "pg";
import { PooledClient } from "./pooled-client.js";

export interface ConnectionOptions {
  readonly url: string;
  /** Schema that has the tables. */
  readonly schema: string;
  /** What the server's lists of connections show. */
  readonly name: string;
  /** A pooler stands between: nothing that belongs to a session lasts. */
  readonly isPooled?: boolean | undefined;
}

/** A connection that cannot be made within this time is a failure: longer than any handshake over a slow network. */
const CONNECT_MAX_MS = 10_000;
/** A statement that takes longer stands behind a lock that nobody gives back. */
export const STATEMENT_MAX_MS = 60_000;

export function makePool({ max, ...options }: ConnectionOptions & { readonly max: number }): pg.Pool {
  const Client = options.isPooled === true ? pooledClient(options) : pg.Client;
  const pool = new pg.Pool({ ...settingsOf(options), max, Client });
  // A connection that breaks is replaced by the next call; without a listener it would end the process. The pool listens only while
  // nobody uses the connection; whoever uses it hears from its statement.
  pool.on("error", () => {});
  pool.on("connect", (client) => client.on("error", () => {}));
  return pool;
}

/** A connection of its own, outside the pool; not connected yet. */
export function makeClient(options: ConnectionOptions): pg.Client {
  const Client = options.isPooled === true ? pooledClient(options) : pg.Client;
  return new Client(settingsOf(options));
}

/** A pooler refuses settings at the start of a connection, or loses them: they go with each transaction. */
const settingsOf = ({ url, schema, name, isPooled = false }: ConnectionOptions) => ({
  connectionString: url,
  application_name: name,
  connectionTimeoutMillis: CONNECT_MAX_MS,
  ...(isPooled ? {} : { statement_timeout: STATEMENT_MAX_MS, options: `-c search_path=${quoteName(schema)}` }),
  keepAlive: true,
  types: { getTypeParser },
});

function pooledClient({ schema }: ConnectionOptions): typeof pg.Client {
  const settings = `SET LOCAL search_path TO ${quoteName(schema)}; SET LOCAL statement_timeout TO ${STATEMENT_MAX_MS}`;
  const Bound = class extends PooledClient {
    constructor(config: pg.ClientConfig) {
      super(config, settings);
    }
  };
  return Bound as unknown as typeof pg.Client;
}

/**
 * Whether the process that answers statements is another than the one that answered the handshake: then a pooler stands
 * between, which may hand its connections around.
 */
export async function isThroughPooler(client: Pick<pg.ClientBase, "query">): Promise<boolean> {
  const { processID } = client as { readonly processID?: number | null };
  const { rows } = await client.query("SELECT pg_backend_pid() AS pid");
  return (rows[0] as { pid: number } | undefined)?.pid !== processID;
}

/** Whole numbers are numbers here: none of this store's is past 2^53. */
const getTypeParser: typeof pg.types.getTypeParser = ((oid: number, format: never) =>
  oid === pg.types.builtins.INT8 ? Number : pg.types.getTypeParser(oid, format)) as never;

export const quoteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** The url that the driver takes, and the schema that `?schema=` in it names. */
export function splitUrl(text: string): { readonly url: string; readonly schema: string | null } {
  if (!URL.canParse(text)) return { url: text, schema: null };
  const url = new URL(text);
  const schema = url.searchParams.get("schema");
  url.searchParams.delete("schema");
  return { url: url.href, schema };
}

/** For messages: the server and the database, never who or with what password. */
export function locationOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `postgres://${host}${pathname}`;
  } catch {
    return "postgres";
  }
}
