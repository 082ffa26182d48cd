/**
 * The public surface as a reader of the declarations sees it: every export of `holdfast`, and every member of an
 * exported type, has a docstring; an optional member says what happens when it is left out. Reads the built
 * declarations.
 */
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { describe, expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));

/** Names that users see, and the classes of errors that they handle. A higher limit is a decision, not an accident. */
const EXPORTS_MAX = 120;

/** Words that say what applies when a member is left out. */
const SAYS_DEFAULT = /\bdefault|\bleft out|\bwithout it\b|\bwhen (it|there) is\b|\bnever present\b/i;

interface Found {
  readonly exports: readonly string[];
  readonly withoutDoc: readonly string[];
  readonly withoutDefault: readonly string[];
}

const isOurs = (file: string) => file.startsWith(ROOT) && !file.includes("/node_modules/");

/** Reads what the modules export. The program is built from their declarations, or from `sources` instead of them. */
function readSurface(
  entry: string,
  {
    isDeep = true,
    sources = {},
  }: { readonly isDeep?: boolean; readonly sources?: Readonly<Record<string, string>> } = {},
): Found {
  const options: ts.CompilerOptions = {
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
    target: ts.ScriptTarget.ES2023,
    strict: true,
    exactOptionalPropertyTypes: true,
    skipLibCheck: true,
    types: [],
  };
  const host = ts.createCompilerHost(options);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => name in sources || fileExists(name);
  host.readFile = (name) => sources[name] ?? readFile(name);
  host.getSourceFile = (name, target, ...rest) => {
    const text = sources[name];
    return text === undefined ? getSourceFile(name, target, ...rest) : ts.createSourceFile(name, text, target);
  };
  const program = ts.createProgram([entry], options, host);
  const checker = program.getTypeChecker();
  const file = program.getSourceFile(entry);
  const module = file && checker.getSymbolAtLocation(file);
  if (module === undefined) throw new Error(`${entry} is no module: build first`);

  const exports: string[] = [];
  const withoutDoc = new Set<string>();
  const withoutDefault = new Set<string>();
  const docOf = (symbol: ts.Symbol) => ts.displayPartsToString(symbol.getDocumentationComment(checker)).trim();

  const seen = new Set<ts.Symbol>();
  /** The contract of stores is documented method by method, and belongs to `holdfast/store`. */
  const isBorder = (name: string) => ["Store", "RunId", "ChangeTopic"].includes(name);
  const look = (name: string, symbol: ts.Symbol) => {
    if (seen.has(symbol) || isBorder(name)) return;
    seen.add(symbol);
    if (docOf(symbol) === "") withoutDoc.add(name);
    for (const member of membersOf(symbol)) {
      const place = `${name}.${member.name}`;
      const doc = docOf(member);
      if (doc === "") withoutDoc.add(place);
      else if (isInput(name) && member.flags & ts.SymbolFlags.Optional && !SAYS_DEFAULT.test(doc)) {
        withoutDefault.add(place);
      }
    }
    if (!isDeep) return;
    for (const node of symbol.declarations ?? []) ts.forEachChild(node, lookAtNames);
  };
  /** A reader of a declaration also sees the types that it names, exported or not. */
  function lookAtNames(node: ts.Node): void {
    if (ts.isTypeReferenceNode(node) || ts.isExpressionWithTypeArguments(node)) {
      const named = checker.getSymbolAtLocation(ts.isTypeReferenceNode(node) ? node.typeName : node.expression);
      const symbol = named && named.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(named) : named;
      const isType =
        symbol && symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class);
      if (isType && symbol.declarations?.some((one) => isOurs(one.getSourceFile().fileName))) look(symbol.name, symbol);
    }
    ts.forEachChild(node, lookAtNames);
  }

  for (const exported of checker.getExportsOfModule(module)) {
    const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
    exports.push(exported.name);
    look(exported.name, symbol);
  }
  return { exports, withoutDoc: [...withoutDoc].sort(), withoutDefault: [...withoutDefault] };

  /** The members of a type that are declared here; for a union, those of every part. */
  function membersOf(symbol: ts.Symbol): readonly ts.Symbol[] {
    if (!(symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.TypeAlias | ts.SymbolFlags.Class))) return [];
    const type = checker.getDeclaredTypeOfSymbol(symbol);
    const parts = type.isUnion() ? type.types : [type];
    const members = parts.filter((part) => part.flags & (ts.TypeFlags.Object | ts.TypeFlags.Intersection));
    return members
      .flatMap((part) => checker.getPropertiesOfType(part))
      .filter((member) => member.declarations?.some((node) => isOurs(node.getSourceFile().fileName)));
  }
}

/** Types that callers fill in. In returned types, `null` says that something is absent. */
const isInput = (name: string) => /(Options|Query|Settings|Config|Policy)$/.test(name);

describe("the declarations of holdfast", () => {
  const surface = readSurface(`${ROOT}packages/holdfast/dist/index.d.ts`);

  test(`export at most ${EXPORTS_MAX} names`, () => {
    expect(surface.exports.length).toBeGreaterThan(80);
    expect(surface.exports.length).toBeLessThanOrEqual(EXPORTS_MAX);
  });

  test("have a docstring on every export and every member", () => {
    expect(surface.withoutDoc).toEqual([]);
  });

  test("say of every option what happens when it is left out", () => {
    expect(surface.withoutDefault).toEqual([]);
  });
});

describe("the declarations of holdfast/store", () => {
  const surface = readSurface(`${ROOT}packages/holdfast/dist/store.d.ts`, { isDeep: false });

  test("have a docstring on every export", () => {
    expect(surface.exports).toEqual(expect.arrayContaining(["Store", "createHoldfast"]));
    expect(surface.withoutDoc.filter((name) => !name.includes("."))).toEqual([]);
  });

  test("are reached by their name", async () => {
    const store = await import("holdfast/store");
    expect(store.createHoldfast).toBeTypeOf("function");
  });
});

test("an export, a member and an option that say nothing are found", () => {
  const entry = `${ROOT}packages/holdfast/dist/planted.d.ts`;
  const text = `
    export interface BareOptions {
      /** Has one. Default 1. */
      readonly told?: number;
      readonly bare: string;
      /** A number. */
      readonly vague?: number;
    }
    /** Told. */
    export type Either = { readonly kind: "a" } | { /** Told. */ readonly kind: "b" };
    /** @throws only a tag */
    export declare function tagged(): void;`;
  expect(readSurface(entry, { sources: { [entry]: text } })).toEqual({
    exports: expect.arrayContaining(["BareOptions", "Either", "tagged"]),
    withoutDoc: ["BareOptions", "BareOptions.bare", "Either.kind", "tagged"],
    withoutDefault: ["BareOptions.vague"],
  });
});
