/**
 * A connection through a pooler that hands its server connections around after each transaction (PgBouncer's transaction mode).
 * Nothing of a session lasts there: each transaction names its schema itself, and no statement has a name.
 *
 * A statement outside a transaction goes as one message of the simple protocol, settings first and its values as literals: one
 * round trip and one transaction of its own, as over a direct connection.
 */

import pg from "pg";
import { NulCharacterError } from "./postgres-errors.js";

/** The driver's client with the one form of `query` that this package uses. */
type Driver = Omit<pg.Client, "query"> & {
  query(text: string, values?: readonly unknown[]): Promise<pg.QueryResult>;
};
const DriverClient = pg.Client as unknown as new (settings: pg.ClientConfig) => Driver;

export class PooledClient extends DriverClient {
  private isInTransaction = false;

  constructor(
    settings: pg.ClientConfig,
    /** Statements that hold until the transaction ends. */
    private readonly settingsSql: string,
  ) {
    super(settings);
  }

  override async query(text: string, values: readonly unknown[] = []): Promise<pg.QueryResult> {
    if (/^(COMMIT|ROLLBACK$)/.test(text)) {
      this.isInTransaction = false;
      return super.query(text);
    }
    if (this.isInTransaction) return super.query(text, values);
    // The server refuses it within a transaction, and so with settings before it.
    if (text.startsWith("VACUUM")) return super.query(text);
    if (text.startsWith("BEGIN")) {
      const answer = await super.query(text.replace(/^BEGIN[^;]*/, (begin) => `${begin}; ${this.settingsSql}`));
      this.isInTransaction = true;
      return answer;
    }
    const answers = (await super.query(`${this.settingsSql}; ${withLiterals(text, values)}`)) as unknown;
    return (answers as pg.QueryResult[]).at(-1) as pg.QueryResult;
  }
}

/** `$1` in a text, but not within one of its own quoted texts. */
export function withLiterals(text: string, values: readonly unknown[]): string {
  return text.replace(/'[^']*'|\$(\d+)/g, (all, place: string | undefined) =>
    place === undefined ? all : literal(values[Number(place) - 1]),
  );
}

/** Without a type of its own, as a parameter has none: its place decides. */
function literal(value: unknown): string {
  if (value === null || value === undefined) return "NULL";
  const text = value instanceof Uint8Array ? hex(value) : Array.isArray(value) ? listText(value) : String(value);
  // It would end the message.
  if (text.includes("\0")) throw new NulCharacterError();
  return pg.escapeLiteral(text);
}

function listText(values: readonly unknown[]): string {
  const texts = values.map((value) => {
    if (value === null || value === undefined) return "NULL";
    if (Array.isArray(value)) return listText(value);
    const text = value instanceof Uint8Array ? hex(value) : String(value);
    return `"${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`;
  });
  return `{${texts.join(",")}}`;
}

const hex = (bytes: Uint8Array) => `\\x${Buffer.from(bytes).toString("hex")}`;
