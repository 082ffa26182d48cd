/** What a command's further flags come from: a workflow's input, or a generator's options. */
import type { Generator, GeneratorOption } from "../extensions.js";
import type { OptionSpec } from "./args.js";
import type { Field } from "./fields.js";
import { optionsOf } from "./flags.js";
import type { InputForm } from "./run-input.js";

export interface GeneratorForm {
  readonly kind: "generator";
  readonly name: string;
  readonly generator: Generator;
  readonly fields: readonly Field[];
  readonly options: readonly OptionSpec[];
}

export type FlagForm = InputForm | GeneratorForm;

export function generatorForm(name: string, generator: Generator, reserved: readonly string[]): GeneratorForm {
  const fields = Object.entries(generator.options).map(([option, spec]) => toField(option, spec));
  return { kind: "generator", name, generator, fields, options: optionsOf(fields, reserved) };
}

function toField(name: string, { about, type, default: defaultValue }: GeneratorOption): Field {
  return {
    path: [name],
    kind: type === "text" ? "string" : type,
    mayBeText: type === "text",
    recordOf: "json",
    isArray: false,
    isPath: false,
    isSecret: false,
    isRequired: defaultValue === undefined,
    isNullable: false,
    about,
    hasDefault: defaultValue !== undefined,
    defaultValue,
    choices: [],
  };
}
