/**
 * Mutants of a source file: one small change each, such as a slip would make. Only logic is changed, never texts,
 * types, imports, SQL, or code that only words an error.
 */
import ts from "typescript";

const K = ts.SyntaxKind;

/** Each operator with its replacement. */
const OPERATORS = new Map([
  [K.LessThanToken, ["<="]],
  [K.LessThanEqualsToken, ["<"]],
  [K.GreaterThanToken, [">="]],
  [K.GreaterThanEqualsToken, [">"]],
  [K.EqualsEqualsEqualsToken, ["!=="]],
  [K.ExclamationEqualsEqualsToken, ["==="]],
  [K.AmpersandAmpersandToken, ["||"]],
  [K.BarBarToken, ["&&"]],
  [K.PlusToken, ["-"]],
  [K.MinusToken, ["+"]],
  [K.AsteriskToken, ["/"]],
  [K.PlusEqualsToken, ["-="]],
]);

/** Each as `{ start, end, text, line, words }`: the range in the file, and its replacement. */
export function mutantsOf(source, file) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.Latest, true);
  const found = [];
  const add = (node, text, words) => {
    const start = node.getStart(tree);
    const line = tree.getLineAndCharacterOfPosition(start).line + 1;
    found.push({ start, end: node.getEnd(), text, line, words });
  };
  const walk = (node) => {
    if (isLeftAlone(node)) return;
    if (ts.isBinaryExpression(node)) {
      const { operatorToken } = node;
      const isText = [node.left, node.right].some(
        (side) => ts.isStringLiteralLike(side) || ts.isTemplateExpression(side),
      );
      for (const text of OPERATORS.get(operatorToken.kind) ?? []) {
        if (operatorToken.kind === K.PlusToken && isText) continue;
        add(operatorToken, text, `${operatorToken.getText(tree)} → ${text}`);
      }
    }
    if (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken) {
      add(node, node.operand.getText(tree), `${node.getText(tree)} → without !`);
    }
    if (node.kind === K.TrueKeyword) add(node, "false", "true → false");
    if (node.kind === K.FalseKeyword) add(node, "true", "false → true");
    if (ts.isCallExpression(node) && ts.isPropertyAccessExpression(node.expression)) {
      const { name, expression } = node.expression;
      const other = { min: "max", max: "min" }[name.text];
      if (expression.getText(tree) === "Math" && other !== undefined)
        add(name, other, `Math.${name.text} → Math.${other}`);
    }
    if (ts.isIfStatement(node) && !isComparison(node.expression)) {
      add(node.expression, `!(${node.expression.getText(tree)})`, `if (${node.expression.getText(tree)}) → if not`);
    }
    if (ts.isExpressionStatement(node) && ts.isCallExpression(node.expression)) {
      add(node, ";", `without ${node.getText(tree).split("\n")[0]}`);
    }
    ts.forEachChild(node, walk);
  };
  walk(tree);
  return found;
}

/** A comparison is changed at its operator. */
const isComparison = (node) =>
  ts.isBinaryExpression(node) || (ts.isPrefixUnaryExpression(node) && node.operator === K.ExclamationToken);

const isLeftAlone = (node) =>
  ts.isImportDeclaration(node) ||
  ts.isTypeNode(node) ||
  ts.isInterfaceDeclaration(node) ||
  ts.isTypeAliasDeclaration(node) ||
  ts.isThrowStatement(node);

export const apply = (source, { start, end, text }) => source.slice(0, start) + text + source.slice(end);
