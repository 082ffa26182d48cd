/** /api/docs: the OpenAPI document as a page, generated here, without scripts. */
import { escapeHtml, htmlPage } from "./html.js";

interface Operation {
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: readonly string[];
  readonly parameters?: readonly {
    name: string;
    in: string;
    required?: boolean;
    description?: string;
    schema?: Schema;
  }[];
  readonly requestBody?: { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> };
  readonly responses?: Readonly<Record<string, { readonly description?: string }>>;
}
interface Schema {
  readonly type?: string;
  readonly enum?: readonly unknown[];
  readonly description?: string;
}
export interface OpenApiDocument {
  readonly info: { readonly title: string; readonly version: string; readonly description?: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
}

export function docsPage(document: OpenApiDocument): string {
  const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
    Object.entries(methods)
      .filter(([method]) => method !== "head")
      .map(([method, operation]) => ({ path, method: method.toUpperCase(), operation })),
  );
  const groups = [...new Set(operations.map(({ operation }) => operation.tags?.[0] ?? "Other"))];
  const sections = groups.map((group) => {
    const own = operations.filter(({ operation }) => (operation.tags?.[0] ?? "Other") === group);
    return `<section><h2>${escapeHtml(group)}</h2>${own.map(operationHtml).join("\n")}</section>`;
  });
  const { title, version, description = "" } = document.info;
  return htmlPage(
    `${title} API`,
    `<main><h1>${escapeHtml(title)} API ${escapeHtml(version)}</h1><p>${escapeHtml(description)}</p>${sections.join("\n")}</main>`,
    "../",
  );
}

function operationHtml({ path, method, operation }: { path: string; method: string; operation: Operation }): string {
  const parameters = (operation.parameters ?? []).map(
    (one) =>
      `<tr><td><code>${escapeHtml(one.name)}</code></td><td>${escapeHtml(one.in)}${one.required ? ", required" : ""}</td>` +
      `<td>${escapeHtml(typeOf(one.schema))}</td><td>${escapeHtml(one.description ?? one.schema?.description ?? "")}</td></tr>`,
  );
  const body = operation.requestBody?.content?.["application/json"]?.schema;
  const statuses = Object.keys(operation.responses ?? {}).join(", ");
  return `<article>
<h3><span class="method">${method}</span> <code>${escapeHtml(path)}</code></h3>
<p>${escapeHtml(operation.summary ?? "")}${operation.description === undefined ? "" : `<br><span class="muted">${escapeHtml(operation.description)}</span>`}</p>
${parameters.length === 0 ? "" : `<table>${parameters.join("\n")}</table>`}
${body === undefined ? "" : `<details><summary>Body</summary><pre>${escapeHtml(JSON.stringify(body, null, 2))}</pre></details>`}
<p class="muted">Answers: ${escapeHtml(statuses)}</p>
</article>`;
}

function typeOf(schema: Schema | undefined): string {
  if (schema === undefined) return "";
  return schema.enum === undefined ? (schema.type ?? "") : schema.enum.map(String).join(" | ");
}
