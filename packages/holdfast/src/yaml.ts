/**
 * `holdfast/yaml`: YAML that people wrote, read within limits. The text may come from anybody, so its length, the number of its
 * parts, its depth and its aliases are bounded before a recursive parser sees it, and what is wrong is said in words for its
 * author. An entry of its own, so that nobody who reads no YAML loads a parser.
 */
import { type Document, isAlias, isMap, isScalar, isSeq, Lexer, LineCounter, parseDocument, visit } from "yaml";
import { wordYamlError } from "./files/yaml-words.js";

/** What a document may be. */
export interface YamlLimits {
  /** Characters. Default 262,144: nobody writes more by hand; what is longer is data and belongs in a file of its own. */
  readonly charsMax?: number | undefined;
  /** Words, signs, line breaks and blanks together. Default 30,000, some 4,000 lines of settings: read in 0.2 s. */
  readonly tokensMax?: number | undefined;
}

/** One mistake in a document. */
export interface YamlProblem {
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  /** What is wrong, without a full stop. */
  readonly message: string;
  /** What to write instead, without a full stop. */
  readonly cure: string;
}

/** A document, or everything that is wrong with it. */
export type YamlReading =
  | {
      /** It could be read. */
      readonly ok: true;
      /** What it holds, as JSON has it. */
      readonly value: unknown;
      /** As the package `yaml` parsed it, for places and spellings. */
      readonly document: Document.Parsed;
      /** From offsets in the text to lines. */
      readonly lines: LineCounter;
    }
  | {
      /** It could not. */
      readonly ok: false;
      /** At most 20, in the order of their lines. */
      readonly problems: readonly YamlProblem[];
    };

const CHARS_MAX = 262_144;
const TOKENS_MAX = 30_000;
/** As deep as the body of a request may be. Settings have a handful of levels; parsers overflow the stack at some thousands. */
const DEPTH_MAX = 100;
/** Each alias is looked up among all that stands before it. */
const ALIASES_MAX = 1_000;
const PROBLEMS_MAX = 20;

/**
 * Reads one YAML document. Aliases work; tags of its own, a key that stands twice in a section, and a second document in the
 * text are refused, since each can mean something else than its author saw.
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
  // Keys that stand twice are looked for below: the parser compares each with each.
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

/** Parts and depth by the lexer alone, which neither recurses nor looks back. */
function findOverload(text: string, tokensMax: number): YamlProblem | null {
  let line = 1;
  let column = 1;
  let tokens = 0;
  let flowDepth = 0;
  let aliases = 0;
  /** Columns at which something is open: each level of a section begins further to the right than the one around it. */
  const columns: number[] = [];
  const at = (message: string, cure: string): YamlProblem => ({ line, column, message, cure });
  for (const token of new Lexer().lex(text)) {
    if (++tokens > tokensMax) {
      const message = `it has more than ${tokensMax} words and symbols, which is the limit`;
      return at(message, "Keep settings here, and put data in a separate file");
    }
    const first = token.charCodeAt(0);
    // Marks of the lexer's own, which stand for no text.
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
    // The column behind a key counts too until the next line.
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

/** Keys that stand twice, and aliases of what is not there. */
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

/** Where numbers stand that do not read as they were written: `1.10`, `007`, `1e3`, digits beyond the sixteenth. */
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
