/** Fields of a form made from a JSON Schema, by their groups, and where a refusal of the server is shown. */
import type { ApiProblem } from "../api/client.js";
import { counted } from "../words/numbers.js";
import { FieldView } from "./field-view.js";
import { type Field, idOf, labelOf } from "./schema-fields.js";

interface SchemaFieldsProps {
  readonly fields: readonly Field[];
  readonly codeOf?: (path: string) => string;
}

export function SchemaFields({ fields, codeOf }: SchemaFieldsProps) {
  const groups = [...new Set(fields.map(({ group }) => group))];
  return groups.map((group) => (
    <fieldset key={group} className="fieldset">
      {group === "" ? null : <legend className="lab">{labelOf(group)}</legend>}
      {fields
        .filter((field) => field.group === group)
        .map((field) => (
          <FieldView key={field.path} field={field} codeOf={codeOf} />
        ))}
    </fieldset>
  ));
}

export const wrongWords = (wrong: readonly Field[]): string | null =>
  wrong.length === 0
    ? null
    : `${counted(wrong.length, "field")} to correct: ${wrong.map(({ label }) => label.toLowerCase()).join(", ")}`;

type SetError = (name: string, error: { readonly message: string }) => void;

/** The server's places are JSON Pointers into the body: /input/model/name. */
export function showOnFields({ problem }: ApiProblem, fields: readonly Field[], setError: SetError): void {
  for (const { pointer, detail } of problem.errors) {
    const path = pointer.split("/").slice(2).join(".");
    const field = fields.find((one) => one.path === path) ?? fields.find((one) => path.startsWith(`${one.path}.`));
    if (field !== undefined) setError(idOf(field.path), { message: detail });
  }
}
