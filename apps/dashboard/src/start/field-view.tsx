/** One field of the form, by its kind, with its flag, its hint, and what is wrong with it. */
import { CircleAlert } from "lucide-react";
import { Controller, useFormContext } from "react-hook-form";
import { type Field, flagOf, idOf, readValue } from "./schema-fields.js";
import { takesFiles, UploadButton } from "./upload-button.js";

interface FieldViewProps {
  readonly field: Field;
  /** Other name of the field, at its right; the command's flag unless something else is given. */
  readonly codeOf?: ((path: string) => string) | undefined;
}

export function FieldView({ field, codeOf = optionOf }: FieldViewProps) {
  const { register, formState, setValue, getValues, setError } = useFormContext<Record<string, string | boolean>>();
  const id = idOf(field.path);
  const problem = formState.errors[id]?.message;
  const hintId = `${id}-hint`;
  const common = {
    id,
    "aria-invalid": problem !== undefined || undefined,
    "aria-describedby": hintId,
    "aria-required": field.isRequired || undefined,
  };
  const rules = { validate: (given: string | boolean) => readValue(field, given).problem ?? true };
  const files = takesFiles(field.schema);
  const take = (sent: readonly string[]) => {
    const before = files === "several" ? String(getValues(id) ?? "").split("\n") : [];
    const lines = [...before.filter((line) => line.trim() !== ""), ...sent];
    setValue(id, lines.join("\n"), { shouldDirty: true, shouldValidate: true });
  };
  if (field.kind === "switch") return <Switch field={field} id={id} code={codeOf(field.path)} />;
  return (
    <div className="fl">
      <label htmlFor={id}>
        {field.label}
        {field.isRequired ? null : <span className="dim opt">optional</span>}
        <code>{codeOf(field.path)}</code>
      </label>
      {field.kind === "choice" ? (
        <select className="inp" {...common} {...register(id, rules)}>
          {field.isRequired && field.initial !== "" ? null : <option value="">–</option>}
          {field.choices.map((choice) => (
            <option key={choice}>{choice}</option>
          ))}
        </select>
      ) : field.kind === "long" || field.kind === "list" || field.kind === "json" ? (
        <textarea
          className={field.kind === "long" ? "inp" : "inp mono"}
          rows={field.kind === "json" ? 5 : 3}
          spellCheck={field.kind === "long"}
          {...common}
          {...register(id, rules)}
        />
      ) : (
        <input
          className={field.kind === "text" ? "inp" : "inp mono"}
          type={field.kind === "secret" ? "password" : "text"}
          inputMode={field.kind === "integer" ? "numeric" : field.kind === "number" ? "decimal" : undefined}
          autoComplete="off"
          {...common}
          {...register(id, rules)}
        />
      )}
      {files === "none" ? null : (
        <UploadButton
          label={field.label}
          isSeveral={files === "several"}
          onSent={take}
          onProblem={(message) => setError(id, { message })}
        />
      )}
      {problem === undefined ? (
        <span className="hint" id={hintId}>
          {field.hint}
        </span>
      ) : (
        <span className="err" id={hintId} role="alert">
          <CircleAlert className="i s" aria-hidden="true" />
          {problem}
        </span>
      )}
    </div>
  );
}

const optionOf = (path: string): string => (path === "" ? "--input" : flagOf(path));

interface SwitchProps {
  readonly field: Field;
  readonly id: string;
  readonly code: string;
}

function Switch({ field, id, code }: SwitchProps) {
  return (
    <Controller
      name={id}
      render={({ field: { value, onChange } }) => (
        <div className="switch-row">
          <button
            type="button"
            role="switch"
            className="sw"
            id={id}
            aria-checked={value === true}
            aria-labelledby={`${id}-label`}
            onClick={() => onChange(value !== true)}
          />
          <span className="lab" id={`${id}-label`}>
            {field.label}
          </span>
          <code>{code}</code>
        </div>
      )}
    />
  );
}
