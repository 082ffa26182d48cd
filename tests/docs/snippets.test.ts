/** The programs in docs/guide compile as they are shown: each block of TypeScript is a separate module. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import ts from "typescript";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const GUIDE = join(ROOT, "docs/guide");

/** The path of a module that exists only in memory, beside the tests, so that it resolves the same imports. */
const pathOf = (page: string, line: number) => join(ROOT, "tests/docs", `${page}-line-${line}.ts`);

function snippets(): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const page of readdirSync(GUIDE).filter((name) => name.endsWith(".md"))) {
    const text = readFileSync(join(GUIDE, page), "utf8");
    for (const match of text.matchAll(/```ts(?: \S+)?\n([\s\S]*?)```/g)) {
      const line = text.slice(0, match.index).split("\n").length;
      found.set(pathOf(page, line), match[1] ?? "");
    }
  }
  return found;
}

function problemsOf(files: ReadonlyMap<string, string>): readonly string[] {
  const { config } = ts.readConfigFile(join(ROOT, "tsconfig.base.json"), ts.sys.readFile);
  const { options } = ts.convertCompilerOptionsFromJson({ ...config.compilerOptions, composite: false }, ROOT);
  const settings = { ...options, noEmit: true, declaration: false, declarationMap: false, sourceMap: false };
  const host = ts.createCompilerHost(settings);
  const { fileExists, readFile, getSourceFile } = host;
  host.fileExists = (name) => files.has(name) || fileExists(name);
  host.readFile = (name) => files.get(name) ?? readFile(name);
  host.getSourceFile = (name, language, ...rest) => {
    const text = files.get(name);
    return text === undefined
      ? getSourceFile(name, language, ...rest)
      : ts.createSourceFile(name, text, language, false);
  };
  const program = ts.createProgram([...files.keys()], settings, host);
  return ts.getPreEmitDiagnostics(program).map(({ file, start, messageText }) => {
    const at =
      file && start !== undefined ? `${file.fileName}:${file.getLineAndCharacterOfPosition(start).line + 1}` : "";
    return `${at} ${ts.flattenDiagnosticMessageText(messageText, " ")}`;
  });
}

test("the programs in docs/guide compile", () => {
  const programs = snippets();
  const broken = new Map([[pathOf("broken.md", 1), `import { noSuchExport } from "holdfast";\nnoSuchExport();\n`]]);
  // Both in one program: that the one with an error is reported separately shows that errors are detected.
  const problems = problemsOf(new Map([...programs, ...broken]));
  expect(problems).toHaveLength(1);
  expect(problems[0]).toContain("noSuchExport");
  expect(programs.size).toBeGreaterThanOrEqual(2);
});
