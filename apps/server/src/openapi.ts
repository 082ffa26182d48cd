/** Builds the OpenAPI document from the routes, and corrects what Fastify's plugin leaves out or names in a way that tools reject. */
import type { FastifyDynamicSwaggerOptions } from "@fastify/swagger";
import { jsonSchemaTransform, jsonSchemaTransformObject } from "fastify-type-provider-zod";
import { permissionFor } from "./auth/permissions.js";
import { TAG_DESCRIPTIONS } from "./routes/schemas.js";

interface Operation {
  readonly parameters?: readonly { readonly name: string }[];
}
interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export function openApiOptions(version: string, basePath = ""): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Holdfast",
        version,
        description: "Durable runs over HTTP. Times are milliseconds UTC; fields may be added, never renamed.",
        license: { name: "Apache-2.0", url: "https://www.apache.org/licenses/LICENSE-2.0" },
        contact: { name: "Holdfast" },
      },
      // The server that the document came from, wherever that is.
      servers: [{ url: `${basePath}/` }],
      tags: [...TAG_DESCRIPTIONS],
      components: { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } },
      security: [{ bearer: [] }],
    },
    transform: (route) => {
      const { schema, url } = jsonSchemaTransform(route);
      const isPublic = [route.route.method].flat().some((method) => permissionFor(method, url) === "public");
      return { schema: isPublic ? { ...schema, security: [] } : schema, url };
    },
    transformObject: (document) =>
      nameWildcards(jsonSchemaTransformObject(document) as unknown as Document) as ReturnType<
        typeof jsonSchemaTransformObject
      >,
  };
}

/** `{*}` is no name of a parameter: a path's last part that may hold slashes is called `path`. */
function nameWildcards(document: Document): unknown {
  const paths = Object.entries(document.paths).map(([path, operations]) => {
    if (!path.endsWith("{*}")) return [path, operations];
    const renamed = Object.entries(operations).map(([method, operation]) => [
      method,
      {
        ...operation,
        parameters: operation.parameters?.map((one) => (one.name === "*" ? { ...one, name: "path" } : one)),
      },
    ]);
    return [path.replace("{*}", "{path}"), Object.fromEntries(renamed)];
  });
  return { ...document, paths: Object.fromEntries(paths) };
}
