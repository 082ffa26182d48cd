/**
 * `holdfast/yaml`: reads YAML written by people, within limits. The text may be untrusted, so its length, number of tokens,
 * depth and aliases are limited before a recursive parser sees it. Messages are written for the text's author. It is a separate
 * entry point, so that programs without YAML load no parser.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { wordYamlError } from "./files/yaml-words.js";

/** Limits for a document. */
export interface YamlLimits {
  /** Maximum number of characters. Default 262,144: nobody writes more by hand, and longer text is data that belongs in a separate file. */
  readonly charsMax?: number | undefined;
  /** Maximum number of tokens: words, symbols, line breaks and spaces. Default 30,000, some 4,000 lines of settings, read in 0.2 s. */
  readonly tokensMax?: number | undefined;
}

/** One mistake in a document. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** Description of the mistake, without a period. */
  readonly message: string;
  /** What to write instead, without a period. */
  readonly cure: string;
}

/** A document, or all mistakes in it. */
export type YamlReading =
  | {
      /** The document was read. */
      readonly ok: true;
      /** Its content as a JSON value. */
      readonly value: unknown;
      /** The document as parsed by the package `yaml`, for positions and spellings. */
      readonly document: Document.Parsed;
      /** Converts offsets in the text to lines. */
      readonly lines: LineCounter;
    }
  | {
      /** The document could not be read. */
      readonly ok: false;
      /** At most 20 mistakes, in the order of their lines. */
      readonly problems: readonly YamlProblem[];
    };

const CHARS_MAX = 262_144;
const TOKENS_MAX = 30_000;
/** The same limit as for a request's body. Settings have a few levels; parsers overflow the stack at some thousands. */
const DEPTH_MAX = 100;
/** A parser looks up each alias in everything before it. */
const ALIASES_MAX = 1_000;
const PROBLEMS_MAX = 20;

/**
 * Reads one YAML document. Aliases work. Custom tags, duplicate keys in a section and a second document are refused, because
 * each can have a meaning that its author did not see.
 */
export function readYaml(text: string, limits: YamlLimits = {}): YamlReading {
  const { charsMax = CHARS_MAX, tokensMax = TOKENS_MAX } = limits;
  if (text.length > charsMax) {
    const message = `it has ${text.length} characters, at most ${charsMax} are read`;
    return refuse([{ line: 1, column: 1, message, cure: "Keep settings here, and put data in a separate file" }]);
  }
  const overload = findOverload(text, tokensMax);
  if (overload !== null) return refuse([overload]);
  const lines = new LineCounter();
  // Duplicate keys are found below, because the parser would compare each key with every other.
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: false });
  const placeAt = (offset: number) => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const problems: YamlProblem[] = [...document.errors, ...document.warnings]
    .slice(0, PROBLEMS_MAX)
    .map(({ pos, code, message }) => ({ ...placeAt(pos[0]), ...wordYamlError(code, message) }));
  if (problems.length === 0) {
    for (const { offset, ...said } of findWrongNodes(document)) problems.push({ ...placeAt(offset), ...said });
  }
  if (problems.length > 0) return refuse(problems);
  try {
    return { ok: true, value: document.toJS({ maxAliasCount: 100 }), document, lines };
  } catch {
    const message = "its aliases expand to more than 100 times the text";
    return refuse([{ line: 1, column: 1, message, cure: "Write the values out instead of aliases" }]);
  }
}

function refuse(problems: YamlProblem[]): YamlReading {
  problems.sort((a, b) => a.line - b.line || a.column - b.column);
  return { ok: false, problems: problems.slice(0, PROBLEMS_MAX) };
}

/** Checks tokens and depth with the lexer alone, which neither recurses nor looks back. */
function findOverload(text: string, tokensMax: number): YamlProblem | null {
  let line = 1;
  let column = 1;
  let tokens = 0;
  let flowDepth = 0;
  let aliases = 0;
  /** Columns of the open levels: each level of a section begins further to the right than the one around it. */
  const columns: number[] = [];
  const at = (message: string, cure: string): YamlProblem => ({ line, column, message, cure });
  for (const token of new Lexer().lex(text)) {
    if (++tokens > tokensMax) {
      const message = `it has more than ${tokensMax} words and symbols, which is the limit`;
      return at(message, "Keep settings here, and put data in a separate file");
    }
    const first = token.charCodeAt(0);
    // Markers of the lexer that represent no text.
    if (token.length === 1 && (first === 0x02 || first === 0x18 || first === 0x1f || first === 0xfeff)) continue;
    if (token === "[" || token === "{") flowDepth++;
    else if (token === "]" || token === "}") flowDepth = Math.max(0, flowDepth - 1);
    else if (token.startsWith("*") && token.length > 1 && ++aliases > ALIASES_MAX) {
      return at(`it has more than ${ALIASES_MAX} aliases`, "Write the values out instead of aliases");
    }
    if (first !== 0x20 && first !== 0x09 && first !== 0x0a && first !== 0x0d && flowDepth === 0) {
      while ((columns.at(-1) ?? 0) > column) columns.pop();
      if (columns.at(-1) !== column) columns.push(column);
    }
    // The column after a key also counts until the next line.
    if (columns.length + flowDepth > DEPTH_MAX + 1) {
      return at(`it is nested deeper than ${DEPTH_MAX} levels`, "Reduce the nesting");
    }
    const breaks = token.split("\n").length - 1;
    line += breaks;
    column = breaks === 0 ? column + token.length : token.length - token.lastIndexOf("\n");
  }
  return null;
}

interface Misplaced {
  readonly offset: number;
  readonly message: string;
  readonly cure: string;
}

/** Finds duplicate keys and aliases without an anchor. */
function* findWrongNodes(document: Document.Parsed): Generator<Misplaced> {
  const found: Misplaced[] = [];
  const anchors = new Set<string>();
  visit(document, (_key, node) => {
    if (isAlias(node)) {
      if (anchors.has(node.source)) return undefined;
      const message = `the alias *${node.source} refers to nothing above it`;
      found.push({
        offset: node.range?.[0] ?? 0,
        message,
        cure: `Write &${node.source} before the value it refers to`,
      });
    } else if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor !== undefined) anchors.add(node.anchor);
    if (!isMap(node)) return undefined;
    const keys = new Set<string>();
    for (const { key } of node.items) {
      if (!isScalar(key)) continue;
      const name = `${typeof key.value} ${String(key.value)}`;
      if (keys.has(name)) {
        const message = `${JSON.stringify(String(key.value))} appears twice in one section`;
        found.push({ offset: key.range?.[0] ?? 0, message, cure: "Keep one of the two" });
      }
      keys.add(name);
    }
    return found.length > PROBLEMS_MAX ? visit.BREAK : undefined;
  });
  yield* found;
}

/** Finds numbers that change when read: `1.10`, `007`, `1e3`, digits beyond the sixteenth. */
export function findChangedNumbers(document: Document.Parsed): (readonly (string | number)[])[] {
  const found: (string | number)[][] = [];
  const walk = (node: unknown, path: readonly (string | number)[]): void => {
    if (isMap(node)) {
      for (const { key, value } of node.items) if (isScalar(key)) walk(value, [...path, String(key.value)]);
    } else if (isSeq(node)) {
      for (const [index, item] of node.items.entries()) walk(item, [...path, index]);
    } else if (isScalar(node) && node.type === "PLAIN" && typeof node.value === "number") {
      if (node.source !== undefined && String(node.value) !== node.source) found.push([...path]);
    }
  };
  walk(document.contents, []);
  return found;
}
