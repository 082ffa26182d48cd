/**
 * Which fields of an input name a file or folder: those that its JSON Schema marks with `format: "path"`. Pure; whether
 * such a path may be used is decided in `input-folders.ts`.
 */

/** The part of JSON Schema that is read here. */
interface Schema {
  readonly format?: unknown;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly patternProperties?: Readonly<Record<string, unknown>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly prefixItems?: readonly unknown[];
  readonly anyOf?: readonly unknown[];
  readonly oneOf?: readonly unknown[];
  readonly allOf?: readonly unknown[];
  readonly $ref?: unknown;
}

export interface FoundPath {
  /** Where it stands, from the root of what was given. */
  readonly parts: readonly string[];
  /** The same as a JSON Pointer. */
  readonly pointer: string;
  readonly value: string;
}

/**
 * Every text that stands where the schema has a path, in the order of their depth. A text counts as one as soon as one
 * branch of a union takes a path there. What is no text is left to the schema.
 */
export function findPaths(schema: unknown, given: unknown): readonly FoundPath[] {
  const found: FoundPath[] = [];
  // A list instead of recursion: a body may be nested deeper than the call stack.
  const open = [{ value: given, schemas: flatten([schema], schema), at: null as Place | null }];
  for (const { value, schemas, at } of open) {
    if (typeof value === "string") {
      if (schemas.some(({ format }) => format === "path")) found.push({ ...placed(at), value });
      continue;
    }
    if (typeof value !== "object" || value === null) continue;
    const isList = Array.isArray(value);
    for (const [name, inner] of Object.entries(value)) {
      const below = flatten(
        schemas.flatMap((one) => (isList ? ofItem(one, Number(name)) : ofField(one, name))),
        schema,
      );
      if (below.length > 0) open.push({ value: inner, schemas: below, at: { name, above: at } });
    }
  }
  return found;
}

interface Place {
  readonly name: string;
  readonly above: Place | null;
}

function placed(at: Place | null): { parts: string[]; pointer: string } {
  const parts: string[] = [];
  for (let place = at; place !== null; place = place.above) parts.push(place.name);
  parts.reverse();
  const escaped = (part: string) => part.replaceAll("~", "~0").replaceAll("/", "~1");
  return { parts, pointer: parts.map((part) => `/${escaped(part)}`).join("") };
}

function ofItem(schema: Schema, index: number): readonly unknown[] {
  const own = schema.prefixItems?.[index];
  return [own === undefined ? schema.items : own];
}

function ofField(schema: Schema, name: string): readonly unknown[] {
  const { properties = {}, patternProperties = {}, additionalProperties } = schema;
  const named = Object.hasOwn(properties, name) ? [properties[name]] : [];
  const matching = Object.entries(patternProperties).flatMap(([pattern, one]) =>
    new RegExp(pattern, "u").test(name) ? [one] : [],
  );
  const all = [...named, ...matching];
  return all.length > 0 ? all : [additionalProperties];
}

/** The schemas themselves, what they refer to and their branches, each once. */
function flatten(schemas: readonly unknown[], root: unknown): readonly Schema[] {
  const all = new Set<Schema>();
  const open = [...schemas];
  for (const one of open) {
    if (typeof one !== "object" || one === null || all.has(one)) continue;
    const schema: Schema = one;
    all.add(schema);
    open.push(...(schema.anyOf ?? []), ...(schema.oneOf ?? []), ...(schema.allOf ?? []));
    if (typeof schema.$ref === "string") open.push(referred(schema.$ref, root));
  }
  return [...all];
}

/** References within the document: `#`, `#/$defs/name`. */
function referred(ref: string, root: unknown): unknown {
  const [, ...parts] = ref.split("/");
  if (!ref.startsWith("#")) return undefined;
  return parts
    .map((part) => decodeURIComponent(part).replaceAll("~1", "/").replaceAll("~0", "~"))
    .reduce<unknown>(
      (node, part) =>
        typeof node === "object" && node !== null && Object.hasOwn(node, part) ? Reflect.get(node, part) : undefined,
      root,
    );
}
