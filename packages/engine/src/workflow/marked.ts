/**
 * Which fields of an input its JSON Schema marks: as a path (`format: "path"`), as an address that this machine will call
 * (`format: "endpoint"`), as a secret (`writeOnly: true`). Pure; what follows from a mark is decided elsewhere.
 */

/** The part of JSON Schema that is read here. */
interface Schema {
  readonly format?: unknown;
  readonly writeOnly?: unknown;
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

export interface MarkedField<T = unknown> {
  /** Where it stands, from the root of what was given. */
  readonly parts: readonly string[];
  /** The same as a JSON Pointer. */
  readonly pointer: string;
  readonly value: T;
}

/**
 * Every text that stands where the schema has that format, in the order of their depth. A text counts as soon as one
 * branch of a union has the format there. What is no text is left to the schema.
 */
export function findFormat(
  schema: unknown,
  given: unknown,
  wanted: "path" | "endpoint",
): readonly MarkedField<string>[] {
  const isMarked = (value: unknown, schemas: readonly Schema[]): value is string =>
    typeof value === "string" && schemas.some(({ format }) => format === wanted);
  return findMarked(schema, given, isMarked);
}

/** Every value that stands where the schema has a secret; null is none. What lies inside a found value is not looked at. */
export function findSecrets(schema: unknown, given: unknown): readonly MarkedField[] {
  const isSecret = (value: unknown, schemas: readonly Schema[]): value is unknown =>
    value != null && schemas.some(({ writeOnly }) => writeOnly === true);
  return findMarked(schema, given, isSecret);
}

function findMarked<T>(
  schema: unknown,
  given: unknown,
  isMarked: (value: unknown, schemas: readonly Schema[]) => value is T,
): MarkedField<T>[] {
  const found: MarkedField<T>[] = [];
  // A list instead of recursion: a body may be nested deeper than the call stack.
  const open = [{ value: given, schemas: flatten([schema], schema), at: null as Place | null }];
  for (const { value, schemas, at } of open) {
    if (isMarked(value, schemas)) {
      found.push({ ...placed(at), value });
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

/** Names of the fields that an input may have at a place; null where others may be there too, or nothing is known. */
export function namesAt(schema: unknown, parts: readonly string[]): readonly string[] | null {
  let schemas = flatten([schema], schema);
  for (const part of parts)
    schemas = flatten(
      schemas.flatMap((one) => ofField(one, part)),
      schema,
    );
  const described = schemas.filter(({ properties }) => properties !== undefined);
  const isOpen = schemas.some(
    ({ patternProperties, additionalProperties }) =>
      patternProperties !== undefined || (additionalProperties !== undefined && additionalProperties !== false),
  );
  if (described.length === 0 || isOpen) return null;
  return [...new Set(described.flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

interface Place {
  readonly name: string;
  readonly above: Place | null;
}

function placed(at: Place | null): { parts: string[]; pointer: string } {
  const parts: string[] = [];
  for (let place = at; place !== null; place = place.above) parts.push(place.name);
  parts.reverse();
  return { parts, pointer: pointerOf(parts) };
}

export function pointerOf(parts: readonly string[]): string {
  return parts.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");
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
