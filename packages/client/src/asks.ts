/** Signals and answers to runs, and the open questions, over HTTP. */
import { type Ask, askPage, signalSent } from "@holdfast/protocol";
import type { Http } from "./http.js";
import { pathOf } from "./http-sync.js";

export type { Ask } from "@holdfast/protocol";

export interface SignalOptions {
  /** The same key is taken once in the life of the run. */
  readonly idempotencyKey?: string | undefined;
}

export interface AnswerOptions {
  /** Why, for the history and the audit log. */
  readonly note?: string | undefined;
  /** Attempt of the question that was seen; another one is another question. Default: the open one. */
  readonly attempt?: number | undefined;
}

export interface AsksQuery {
  readonly runId?: string | undefined;
  readonly owner?: string | undefined;
  /** Maximum number of questions. Default 100, at most 1,000. */
  readonly limit?: number | undefined;
}

/** The calls of a client about what runs wait for. */
export interface ClientAsks {
  /**
   * Sends a signal to a run. "consumed": a wait took it. "kept": it lies there for the next wait of its name.
   * @throws {HoldfastRequestError} with the server's problem: BAD_INPUT, UNKNOWN_SIGNAL, RUN_ENDED, RUN_NOT_FOUND, FORBIDDEN.
   */
  sendSignal(runId: string, name: string, payload?: unknown, options?: SignalOptions): Promise<"consumed" | "kept">;
  /**
   * Answers an open question of a run. The first answer counts.
   * @throws {HoldfastRequestError} with the server's problem: BAD_INPUT, QUESTION_CLOSED, QUESTION_NOT_FOUND, RUN_ENDED, FORBIDDEN.
   */
  answer(runId: string, question: string, value: unknown, options?: AnswerOptions): Promise<void>;
  /** Returns the open questions that the caller may see, oldest first. `mayAnswer` says which of them are theirs to answer. */
  asks(query?: AsksQuery): Promise<readonly Ask[]>;
}

export function clientAsks(http: Http): ClientAsks {
  return {
    async sendSignal(runId, name, payload = null, { idempotencyKey } = {}) {
      const path = `${pathOf(runId)}/signals/${encodeURIComponent(name)}`;
      const headers: Record<string, string> = idempotencyKey === undefined ? {} : { "idempotency-key": idempotencyKey };
      return signalSent.parse(await http.json("POST", path, { body: { payload }, headers })).outcome;
    },
    async answer(runId, question, value, { note, attempt } = {}) {
      const body = { value, note, attempt };
      await http.json("POST", `${pathOf(runId)}/asks/${encodeURIComponent(question)}`, { body });
    },
    async asks(query = {}) {
      const given = Object.entries(query).filter(([, value]) => value !== undefined);
      const search = new URLSearchParams(given.map(([name, value]) => [name, String(value)]));
      return askPage.parse(await http.json("GET", `/api/asks?${search}`)).rows;
    },
  };
}
