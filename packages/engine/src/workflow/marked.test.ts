import { expect, test } from "vitest";
import { toJSONSchema, z } from "zod";
import { findFormat } from "./marked.js";

const path = z.string().trim().min(1).meta({ format: "path" });
const findPaths = (schema: unknown, given: unknown) => findFormat(schema, given, "path");
const found = (schema: z.ZodType, given: unknown) =>
  findPaths(toJSONSchema(schema, { io: "input", unrepresentable: "any" }), given).map(({ pointer, value }) => [
    pointer,
    value,
  ]);

test("finds paths in objects, lists, tuples and records, and nothing that is only text", () => {
  const schema = z.object({
    name: z.string(),
    file: path.regex(/x/).describe("described after it was marked"),
    db: path.nullable().default(null),
    deep: z.object({ files: z.array(path) }).optional(),
    pair: z.tuple([z.string(), path]).optional(),
    byName: z.record(z.string(), path).optional(),
  });
  const given = {
    name: "n",
    file: "f",
    db: "d",
    deep: { files: ["a", "b"] },
    pair: ["x", "y"],
    byName: { "k/~": "v" },
  };
  expect(found(schema, given)).toEqual([
    ["/file", "f"],
    ["/db", "d"],
    ["/pair/1", "y"],
    ["/byName/k~1~0", "v"],
    ["/deep/files/0", "a"],
    ["/deep/files/1", "b"],
  ]);
});

test("what takes a path or something else is a path where it is a text", () => {
  const schema = z.object({
    icp: z.union([path, z.record(z.string(), z.unknown())]).transform((one) => one),
    sources: z.union([path, z.array(path)]),
    kind: z.discriminatedUnion("at", [
      z.object({ at: z.literal("file"), file: path }),
      z.object({ at: z.literal("text"), file: z.string() }),
    ]),
  });
  const kind = { at: "text", file: "t" };
  expect(found(schema, { icp: "i", sources: ["s"], kind })).toEqual([
    ["/icp", "i"],
    ["/sources/0", "s"],
    // One branch takes a path here.
    ["/kind/file", "t"],
  ]);
  expect(found(schema, { icp: { file: "own field" }, sources: "s", kind: null })).toEqual([["/sources", "s"]]);
});

test("follows references, also of a schema that holds itself", () => {
  const node = z.object({
    file: path,
    get children() {
      return z.array(node).optional();
    },
  });
  expect(found(node, { file: "a", children: [{ file: "b", children: [{ file: "c" }] }] })).toEqual([
    ["/file", "a"],
    ["/children/0/file", "b"],
    ["/children/0/children/0/file", "c"],
  ]);
  const schema = { $ref: "#/$defs/a~1b", $defs: { "a/b": { allOf: [{ properties: { x: { format: "path" } } }] } } };
  expect(findPaths(schema, { x: "p" })).toEqual([{ parts: ["x"], pointer: "/x", value: "p" }]);
  expect(findPaths({ $ref: "#", format: "path" }, "p")).toHaveLength(1);
});

test("what fits no schema, or has none, has no paths; an input nested deeper than the stack is walked too", () => {
  expect(findPaths(null, { file: "x" })).toEqual([]);
  expect(found(z.object({ file: path }), { file: 3, constructor: "x" })).toEqual([]);
  expect(found(z.object({ file: path }), ["x"])).toEqual([]);
  let deep: unknown = "end";
  for (let i = 0; i < 50_000; i++) deep = [deep];
  expect(findPaths({ items: { $ref: "#" }, format: "path" }, deep)).toMatchObject([{ value: "end" }]);
});
