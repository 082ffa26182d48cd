/** Which stages one pass of a workflow function has asked for: finds names used twice and stages inside stages. */
import {
  checkStageName,
  rankOf,
  type StageDeclaration,
  StageNestedError,
  StageRepeatedError,
  StageUndeclaredError,
} from "@holdfast/core";
import { owner } from "./stray.js";

export class CallRegistry {
  /** By lower-case name, since names are folders and some file systems know no case. The error is made for its stack. */
  private readonly asked = new Map<string, { readonly name: string; readonly at: Error }>();

  private isClosed = false;

  constructor(private readonly declared: readonly StageDeclaration[] | null) {}

  /** @throws {StageNameInvalidError} {StageUndeclaredError} {StageNestedError} {StageRepeatedError} */
  register(name: string): void {
    const inside = owner.getStore()?.stage ?? null;
    if (inside !== null) throw new StageNestedError({ stage: name, inside });
    checkStageName(name);
    if (this.declared !== null && rankOf(name, this.declared) < 0) {
      throw new StageUndeclaredError({ stage: name, declared: this.declared.map((declaration) => declaration.name) });
    }
    const key = name.toLowerCase();
    const first = this.asked.get(key);
    const at = noteHere();
    if (first !== undefined) {
      throw new StageRepeatedError({ stage: name, first: callSite(first.at), second: callSite(at) });
    }
    this.asked.set(key, { name, at });
  }

  /**
   * The function is called anew, beside what its last call left behind: branches that were not awaited. What they asked for
   * and did not begin yet begins no more, or it would run beside the same stage of the new call, which would wait for ever.
   */
  close(): void {
    this.isClosed = true;
  }

  get isCurrent(): boolean {
    return !this.isClosed;
  }

  has(name: string): boolean {
    return this.asked.has(name.toLowerCase());
  }
}

/** So many frames hold the engine's own and the caller's: each one costs, and most names are asked for once. */
const FRAMES = 4;

function noteHere(): Error {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const at = new Error("asked for here");
  Error.stackTraceLimit = limit;
  return at;
}

/** The first line of a stack that is not the engine's own. */
function callSite(at: Error): string {
  const lines = (at.stack ?? "").split("\n").slice(1);
  const own = import.meta.url.slice(0, import.meta.url.lastIndexOf("/execution/"));
  return (lines.find((line) => !line.includes(own)) ?? lines[0] ?? "an unknown place").trim().replace(/^at /, "");
}
