/**
 * Where the command writes: results on standard output, progress and messages on standard error. A reader that goes
 * away (`| head`) is no error: what is written after that goes nowhere, and `gone` tells streams to stop.
 */
import type { Colours } from "./output/colour.js";
import { coloursFor, wantsColour } from "./output/colour.js";
import { jsonDocument, jsonLine } from "./output/json.js";

/** What is used of process.stdout and process.stderr. */
export interface Terminal {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  readonly rows?: number | undefined;
  write(text: string, done?: (error?: Error | null) => void): boolean;
  on(event: "error", listener: (error: NodeJS.ErrnoException) => void): unknown;
}

export interface ConsoleOptions {
  readonly isJson: boolean;
  readonly colour: "never" | "always" | "auto";
  /** Live displays are for terminals that a person looks at. */
  readonly isLiveAllowed: boolean;
}

/** Where a terminal does not say, or says nothing is there (a pseudo-terminal without a size has 0 columns). */
const COLUMNS_DEFAULT = 100;
const ROWS_DEFAULT = 24;

export class Console {
  readonly isJson: boolean;
  /** Colours of standard output and of standard error. */
  readonly colours: Colours;
  readonly messageColours: Colours;
  /** A frame may be drawn on standard error. */
  readonly isLive: boolean;
  private readonly leave = new AbortController();
  private log: ((text: string, level: "info" | "warn") => void) | null = null;

  constructor(
    private readonly out: Terminal,
    private readonly err: Terminal,
    options: ConsoleOptions,
  ) {
    this.isJson = options.isJson;
    this.colours = coloursFor(!options.isJson && wantsColour(out.isTTY === true, options.colour));
    this.messageColours = coloursFor(wantsColour(err.isTTY === true, options.colour));
    this.isLive = err.isTTY === true && options.isLiveAllowed && !options.isJson;
    const onError = (error: NodeJS.ErrnoException) => {
      // Disk full on a redirected output is an error like any other; a reader gone is not.
      if (error.code !== "EPIPE" && error.code !== "ERR_STREAM_DESTROYED") this.failure = error;
      this.leave.abort();
    };
    out.on("error", onError);
    err.on("error", () => undefined);
  }

  /** Why output was lost, other than by a reader gone; the command then ends with an error. */
  failure: Error | null = null;

  /** Aborted when nobody reads standard output any more. */
  get gone(): AbortSignal {
    return this.leave.signal;
  }

  /** Columns of the table on standard output; unlimited where it is no terminal, so that nothing is cut in a file. */
  get tableColumns(): number | undefined {
    return this.out.isTTY === true ? this.out.columns || COLUMNS_DEFAULT : undefined;
  }

  get frameSize(): { columns: number; rows: number } {
    return { columns: this.err.columns || COLUMNS_DEFAULT, rows: this.err.rows || ROWS_DEFAULT };
  }

  get textColumns(): number {
    return this.tableColumns ?? COLUMNS_DEFAULT;
  }

  /** Result lines for people. */
  lines(lines: readonly string[]): void {
    if (lines.length > 0) this.writeOut(`${lines.join("\n")}\n`);
  }

  /** The one result document of a command under --json. */
  document(value: unknown): void {
    this.writeOut(`${jsonDocument(value)}\n`);
  }

  /** One element of a stream under --json. */
  record(value: unknown): void {
    this.writeOut(`${jsonLine(value)}\n`);
  }

  /** Text of a long result, a piece at a time: resolves when there is room for the next, so that memory stays flat. */
  async text(piece: string): Promise<void> {
    if (this.gone.aborted) return;
    await new Promise<void>((done) => {
      this.out.write(piece, () => done());
    });
  }

  /** For the person who watches. */
  message(text: string): void {
    this.say(text, "info");
  }

  /**
   * From here on messages are lines of this log, which goes to standard error too: whoever collects it must not meet text
   * between the lines. A person at a terminal goes on reading text.
   */
  messagesInto(log: (text: string, level: "info" | "warn") => void): void {
    if (this.err.isTTY !== true) this.log = log;
  }

  /** As a message, of something that should not be: a log has it as a warning. */
  warning(text: string): void {
    this.say(text, "warn");
  }

  /** Raw, for live frames. */
  frame(text: string): void {
    this.err.write(text);
  }

  private say(text: string, level: "info" | "warn"): void {
    if (this.log === null) this.err.write(`${text}\n`);
    else this.log(text, level);
  }

  private writeOut(text: string): void {
    if (!this.gone.aborted) this.out.write(text);
  }
}
