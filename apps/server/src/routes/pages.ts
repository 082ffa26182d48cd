/** The API as a document, and as a page to read. */
import { noQuery } from "@holdfast/protocol";
import { z } from "zod";
import type { App } from "../context.js";
import { docsPage, type OpenApiDocument } from "../pages/docs.js";
import { STYLE } from "../pages/html.js";
import { answers, media, TAGS } from "./schemas.js";

export function pageRoutes(app: App): void {
  const hidden = { hide: true };
  const html = "text/html; charset=utf-8";
  app.get("/docs.css", { schema: hidden }, async (_, reply) =>
    reply.header("cache-control", "no-cache").type("text/css; charset=utf-8").send(STYLE),
  );

  const tags = TAGS.server;
  app.get(
    "/api/openapi.json",
    {
      schema: {
        tags,
        operationId: "getOpenApi",
        summary: "This document",
        description: "The API as an OpenAPI 3.1 document.",
        querystring: noQuery,
        response: answers({ 200: z.looseObject({ openapi: z.string() }) }),
      },
    },
    async (_, reply) => reply.header("cache-control", "no-cache").send(app.swagger()),
  );
  app.get(
    "/api/docs",
    {
      schema: {
        tags,
        operationId: "getDocs",
        summary: "This document as a page",
        description: "The same document as a page.",
        querystring: noQuery,
        response: answers({ 200: media("A page without scripts.", { "text/html": z.string() }) }),
      },
    },
    async (_, reply) =>
      reply
        .header("cache-control", "no-cache")
        .type(html)
        .send(docsPage(app.swagger() as unknown as OpenApiDocument)),
  );
}
