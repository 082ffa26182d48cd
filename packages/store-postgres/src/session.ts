/**
 * One connection that stays: connected when it is first needed, once however many wait, and anew after it was lost. Whoever
 * uses it takes turns; nothing here knows of turns.
 */
import type pg from "pg";
import { isConnectionLost } from "./postgres-errors.js";

export class Session {
  private client: Promise<pg.Client> | null = null;
  private hasConnected = false;

  constructor(
    private readonly makeClient: () => pg.Client,
    /** Called before a connection is used that follows another: the server may have crashed in between. */
    private readonly onReconnect: () => void = () => {},
  ) {}

  connect(): Promise<pg.Client> {
    this.client ??= this.open();
    return this.client;
  }

  /** What failed on it: after the loss of a connection the next use makes another. */
  note(thrown: unknown): void {
    if (isConnectionLost(thrown)) this.drop();
  }

  drop(): void {
    const { client } = this;
    this.client = null;
    void client?.then((made) => made.end()).catch(() => {});
  }

  async close(): Promise<void> {
    const { client } = this;
    this.client = null;
    await client?.then((made) => made.end()).catch(() => {});
  }

  private open(): Promise<pg.Client> {
    const made = this.makeClient();
    const opening = made.connect().then(() => {
      if (this.hasConnected) this.onReconnect();
      this.hasConnected = true;
      return made;
    });
    const forget = () => {
      if (this.client === opening) this.client = null;
    };
    // A connection that breaks while nobody uses it; without a listener it would end the process.
    made.on("error", forget);
    made.on("end", forget);
    opening.catch(forget);
    return opening;
  }
}
