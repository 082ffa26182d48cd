/** Whatever is sent arrives as JSON would have made it, once and over many messages. */
import fc from "fast-check";
import { expect, test } from "vitest";
import { WireReader, WireWriter } from "./wire.js";

function link() {
  const writer = new WireWriter();
  const reader = new WireReader();
  return {
    writer,
    reader,
    send(...values: readonly unknown[]): unknown[] {
      const message: unknown[] = [];
      for (const value of values) writer.write(value, message);
      const arrived: unknown[] = [];
      for (reader.open(structuredClone(message)); !reader.isAtEnd(); ) arrived.push(reader.read());
      return arrived;
    },
  };
}

test("any JSON arrives as it was sent, message after message", () => {
  const { send } = link();
  fc.assert(
    fc.property(fc.array(fc.jsonValue({ maxDepth: 5 })), (values) => {
      expect(JSON.stringify(send(...values))).toBe(JSON.stringify(values));
    }),
  );
});

test("what JSON knows by another form arrives in that form, and undefined as itself", () => {
  class Named {
    constructor(readonly name: string) {}
  }
  const { send } = link();
  const at = new Date(0);
  expect(
    send({
      at,
      who: new Named("ann"),
      own: { toJSON: () => "own" },
      bare: Object.assign(Object.create(null), { a: 1 }),
    }),
  ).toEqual([{ at: at.toISOString(), who: { name: "ann" }, own: "own", bare: { a: 1 } }]);
  expect(send([undefined, () => 1, { left: undefined }])).toEqual([[undefined, undefined, { left: undefined }]]);
});

test("keys cross once for each shape, and a key that is no plain one is still a key", () => {
  const { send, writer } = link();
  const row = { key: "a", attempt: 1 };
  const message: unknown[] = [];
  send(row);
  writer.write(row, message);
  expect(message).not.toContain("key");
  const odd: unknown = JSON.parse('{"__proto__": {"isAdmin": true}, "n": 1}');
  const [arrived] = send(odd);
  expect(JSON.stringify(arrived)).toBe(JSON.stringify(odd));
  expect((arrived as { isAdmin?: true }).isAdmin).toBeUndefined();
});

test("objects of ever new keys are sent all the same, and do not grow the writer's memory for ever", () => {
  const { send } = link();
  for (let n = 0; n < 6_000; n++) send({ [`key-${n}`]: n });
  expect(send({ late: { rows: [{ a: 1 }, { a: 2, b: null }] } })).toEqual([
    { late: { rows: [{ a: 1 }, { a: 2, b: null }] } },
  ]);
  const message: unknown[] = [];
  const full = link();
  for (let n = 0; n < 600; n++) full.send({ [`key-${n}`]: n });
  full.writer.write({ "key-0": 1, "key-599": 2 }, message);
  full.reader.open(message);
  expect(full.reader.read()).toEqual({ "key-0": 1, "key-599": 2 });
});

test("a value that cannot be sent leaves the message and the shapes as they were", () => {
  const { send, writer } = link();
  const circle: unknown[] = [{ first: 1 }];
  circle.push(circle);
  const message: unknown[] = ["before"];
  expect(() => writer.write(circle, message)).toThrow(RangeError);
  expect(message).toEqual(["before"]);
  expect(send({ first: 1 })).toEqual([{ first: 1 }]);
});

test("counts what makes a message long: elements that were written, characters that were read", () => {
  const { send, writer, reader } = link();
  send([{ rows: ["ab", "cde"] }, []]);
  expect(writer.elementCount).toBe(4);
  expect(reader.textLength).toBe(5);
});
