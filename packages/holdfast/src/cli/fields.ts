/**
 * The fields of a workflow's input, read from the JSON Schema of its input schema: where each goes, its type, whether it
 * is needed, what it is. As flags they live in `flags.ts`.
 */
export type FieldKind = "string" | "number" | "integer" | "boolean" | "enum" | "json" | "record";

export interface Field {
  /** Where the value goes in the input. */
  readonly path: readonly string[];
  readonly kind: FieldKind;
  /** A text is among what it takes, or among the values of a record. */
  readonly mayBeText: boolean;
  /** What the values of a record are. */
  readonly recordOf: FieldKind;
  readonly isArray: boolean;
  /** A list whose items may be lists. */
  readonly isListOfLists?: boolean | undefined;
  /** It names a file or folder, or may. */
  readonly isPath: boolean;
  /** It is a secret, or may hold one: what is given for it is quoted nowhere. */
  readonly isSecret: boolean;
  /** Required with every object above it. */
  readonly isRequired: boolean;
  readonly isNullable: boolean;
  readonly about: string | null;
  readonly hasDefault: boolean;
  readonly defaultValue: unknown;
  /** The allowed values of an enum, as JSON values. */
  readonly choices: readonly unknown[];
}

/** The part of JSON Schema that is read here. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly items?: JsonSchema | boolean;
  readonly format?: unknown;
  readonly writeOnly?: unknown;
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly additionalProperties?: JsonSchema | boolean;
  readonly description?: string;
  readonly default?: unknown;
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, JsonSchema>>;
}

/** Eight levels: deeper inputs are given as a file. It also ends recursive schemas. */
const DEPTH_MAX = 8;

export function fieldsOf(schema: JsonSchema): readonly Field[] {
  const fields: Field[] = [];
  collect(schema, schema, [], { isRequired: true, isSecret: false }, fields);
  return fields;
}

function collect(
  node: JsonSchema,
  root: JsonSchema,
  path: readonly string[],
  above: Pick<Field, "isRequired" | "isSecret">,
  into: Field[],
): void {
  const { schema, isNullable } = resolve(node, root);
  const { isRequired } = above;
  const isSecret = above.isSecret || node.writeOnly === true || schema.writeOnly === true;
  if (schema.properties !== undefined && path.length < DEPTH_MAX) {
    for (const [name, inner] of Object.entries(schema.properties)) {
      const isInnerRequired = isRequired && (schema.required?.includes(name) ?? false);
      collect(inner, root, [...path, name], { isRequired: isInnerRequired, isSecret }, into);
    }
    return;
  }
  if (path.length === 0) return;
  const isArray = typeOf(schema) === "array";
  const inner = isArray && typeof schema.items === "object" ? resolve(schema.items, root).schema : schema;
  const choices = inner.enum ?? (inner.const === undefined ? [] : [inner.const]);
  into.push({
    path,
    kind: kindOf(inner, choices),
    mayBeText: takesText(inner, root, []) || takesText(inner, root, [""]),
    recordOf: typeof schema.additionalProperties === "object" ? kindOf(schema.additionalProperties, []) : "json",
    isArray,
    isListOfLists: isArray && takesList(inner),
    isPath: [inner, ...(inner.anyOf ?? [])].some(({ format }) => format === "path"),
    isSecret: isSecret || mayHoldSecret(node, root),
    isRequired,
    isNullable,
    about: node.description ?? schema.description ?? null,
    hasDefault: node.default !== undefined || schema.default !== undefined,
    defaultValue: node.default ?? schema.default,
    choices,
  });
}

/** Whether a value at this place may be a text. False where the schema says nothing about the place. */
export function takesText(node: JsonSchema, root: JsonSchema, path: readonly string[], depth = 0): boolean {
  // Deeper than people nest settings: a schema that refers to itself.
  if (depth > 64) return false;
  const name = node.$ref?.match(/^#\/\$defs\/(.+)$/)?.[1];
  const target = name === undefined ? undefined : root.$defs?.[name];
  if (target !== undefined) return takesText(target, root, path, depth + 1);
  const members = [...(node.anyOf ?? []), ...(node.oneOf ?? []), ...(node.allOf ?? [])];
  if (members.some((member) => takesText(member, root, path, depth + 1))) return true;
  const [step, ...rest] = path;
  // One of a few words is no free text: a number is refused there anyway.
  if (step === undefined)
    return [node.type].flat().includes("string") && node.enum === undefined && node.const === undefined;
  const inner = /^\d+$/.test(step) && node.items !== undefined ? node.items : undefined;
  const next =
    (node.properties && Object.hasOwn(node.properties, step) ? node.properties[step] : undefined) ??
    inner ??
    node.additionalProperties;
  return typeof next === "object" && takesText(next, root, rest, depth + 1);
}

/** Where the schema says nothing, a list is taken too. */
function takesList(schema: JsonSchema): boolean {
  const members = schema.anyOf ?? schema.oneOf;
  if (members !== undefined) return members.some(takesList);
  return (
    typeOf(schema) === "array" || (schema.type === undefined && schema.enum === undefined && schema.const === undefined)
  );
}

function mayHoldSecret(node: JsonSchema, root: JsonSchema): boolean {
  const [own, whole] = [JSON.stringify(node), JSON.stringify(root)];
  // What it refers to is not followed: anything secret in the schema may be meant.
  return [own, own.includes('"$ref"') ? whole : ""].some((text) => text.includes('"writeOnly":true'));
}

/** Follow references, and look through "X or null" and one-element unions. */
function resolve(node: JsonSchema, root: JsonSchema): { schema: JsonSchema; isNullable: boolean } {
  let schema = node;
  let isNullable = Array.isArray(schema.type) && schema.type.includes("null");
  // Ten steps: a chain of references longer than that is a cycle.
  for (let i = 0; i < 10; i++) {
    const name = schema.$ref?.match(/^#\/\$defs\/(.+)$/)?.[1];
    const target = name === undefined ? undefined : root.$defs?.[name];
    if (target) {
      schema = target;
      continue;
    }
    const union = schema.anyOf ?? schema.oneOf ?? (schema.allOf?.length === 1 ? schema.allOf : undefined);
    if (!union) break;
    const others = union.filter((member) => typeOf(member) !== "null");
    isNullable ||= others.length < union.length;
    if (others.length !== 1 || !others[0]) break;
    schema = { description: schema.description, ...others[0] } as JsonSchema;
  }
  return { schema, isNullable };
}

function typeOf(schema: JsonSchema): string | null {
  if (typeof schema.type === "string") return schema.type;
  const others = (schema.type ?? []).filter((type) => type !== "null");
  return others.length === 1 ? (others[0] ?? null) : null;
}

function kindOf(schema: JsonSchema, choices: readonly unknown[]): FieldKind {
  if (choices.length > 0) return "enum";
  const type = typeOf(schema);
  if (type === "string" || type === "number" || type === "integer" || type === "boolean") return type;
  return type === "object" ? "record" : "json";
}
