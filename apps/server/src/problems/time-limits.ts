/**
 * Time limits for the arrival of a request and for the start of its response. Streams and downloads are not limited after that,
 * since their duration depends on the reader.
 */
import { AnswerTimedOutError } from "@holdfast/core";
import type { FastifyRequest } from "fastify";
import type { App } from "../context.js";
import type { TimeLimits } from "../ports.js";

export const TIME_LIMITS: TimeLimits = {
  arrivalMs: 30_000, // a megabyte over the slowest line that anybody steers runs from
  checkMs: 5_000,
  answerMs: 30_000, // several waits for another process's write (5 s each), and within a proxy's usual 60 s
  longAnswerMs: 10 * 60_000,
};

/**
 * Answers 503 where the handler has not. The handler is not stopped, since a write that waits in the store cannot be called
 * back: it is carried out whole, or fails whole.
 */
export function limitAnswers(app: App, { answerMs, longAnswerMs }: TimeLimits): void {
  const timers = new WeakMap<FastifyRequest, NodeJS.Timeout>();
  const stop = async (request: FastifyRequest) => clearTimeout(timers.get(request));
  // After the body: how long that takes is limited already.
  app.addHook("preValidation", async (request, reply) => {
    // Its answer is there when the file is.
    if (request.routeOptions.config.isUpload === true) return;
    const limitMs = request.routeOptions.config.isLong === true ? longAnswerMs : answerMs;
    const timer = setTimeout(() => {
      if (!reply.sent) void reply.send(new AnswerTimedOutError({ limitMs }));
    }, limitMs);
    timers.set(request, timer);
  });
  app.addHook("onSend", stop);
  app.addHook("onRequestAbort", stop);
}
