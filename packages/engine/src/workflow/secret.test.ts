import { BadInputError, type RunRecord, type Store } from "@holdfast/core";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { defineWorkflow } from "./define-workflow.js";
import { inputJsonSchema } from "./input-schema.js";
import { changedInput, parseInput, previewInput } from "./parse-input.js";
import { hideSecrets, openInput, secret } from "./secret.js";
import { SecretMask } from "./secret-mask.js";

const flow = (input: z.ZodType) => defineWorkflow({ name: "w", input: input as never, run: () => null as never });
const KEY = 'k-"1234"\n/ü';

const workflow = flow(
  z.object({
    topic: z.string(),
    key: secret(z.string().min(3)).describe("described after it was marked"),
    pin: secret(z.number().int()).optional(),
    login: secret(z.object({ user: z.string(), password: z.string() }))
      .nullable()
      .default(null),
    feeds: z.array(z.object({ url: z.string(), token: secret(z.string()) })).default([]),
    byName: z.record(z.string(), secret(z.string())).optional(),
    since: z.date().optional(),
  }),
);
const given = {
  topic: "tides",
  key: KEY,
  pin: 7,
  login: { user: "ann", password: "correct horse" },
  feeds: [
    { url: "u", token: "first-token" },
    { url: `https://x/?t=${KEY}`, token: "second-token" },
  ],
  byName: { "a/b~c": "third-token" },
};
const HIDDEN = {
  topic: "tides",
  key: "[secret]",
  pin: "[secret]",
  login: "[secret]",
  feeds: [
    { url: "u", token: "[secret]" },
    { url: "[secret]", token: "[secret]" },
  ],
  byName: { "a/b~c": "[secret]" },
};

/** A run as the store would have it, and what it would answer. */
async function recorded(of = workflow, input: unknown = given) {
  const { texts, plainJson } = await parseInput(of, input);
  const run = {
    id: "run-1",
    input: JSON.parse(texts.inputJson ?? "null"),
    given: JSON.parse(texts.givenJson ?? "null"),
    hasSecrets: texts.secretsJson != null,
  } as RunRecord;
  return { run, plainJson, store: { getSecrets: async () => texts.secretsJson ?? null } as unknown as Store };
}

describe("sealing", () => {
  test("hides fields wherever they stand, and texts that hold one; opening gives back what was given, whole", async () => {
    const { run, store, plainJson } = await recorded();
    expect(run.given).toEqual(HIDDEN);
    expect(run.input).toEqual(HIDDEN);
    const { input } = await openInput(store, run);
    expect(input).toEqual(given);
    expect(JSON.parse(plainJson ?? "")).toEqual(given);
  });

  test("a secret that was not given, or is null, is not one", async () => {
    const { run } = await recorded(workflow, { topic: "t", key: "abc" });
    expect(run.input).toEqual({ topic: "t", key: "[secret]", login: null, feeds: [] });
    expect((await recorded(flow(z.object({ k: secret(z.string()).optional() })), {})).run.hasSecrets).toBe(false);
  });

  test("a schema that makes something else of a secret is followed: by its place, and by its text", async () => {
    const moved = flow(
      z
        .object({ key: secret(z.string()).transform((key) => ({ wrapped: key })), host: z.string() })
        .transform(({ key, host }) => ({ key, url: `https://${key.wrapped}@${host}/` })),
    );
    const { run, store } = await recorded(moved, { key: "abcdefgh", host: "h" });
    expect(run.given).toEqual({ key: "[secret]", host: "h" });
    expect(run.input).toEqual({ key: "[secret]", url: "[secret]" });
    expect((await openInput(store, run)).input).toEqual({
      key: { wrapped: "abcdefgh" },
      url: "https://abcdefgh@h/",
    });
  });

  test("a default is hidden too, and an input without marks is left as it is", async () => {
    expect((await recorded(flow(z.object({ k: secret(z.string()).default("preset") })), {})).run).toMatchObject({
      input: { k: "[secret]" },
      given: {},
    });
    const plain = await parseInput(flow(z.object({ k: z.string() })), { k: "[secret]" });
    expect(plain.texts).toEqual({ inputJson: '{"k":"[secret]"}', givenJson: '{"k":"[secret]"}' });
  });

  test("the mark is in the JSON Schema, beside parts that have none", async () => {
    expect(await inputJsonSchema(workflow)).toMatchObject({
      properties: { key: { type: "string", writeOnly: true, description: expect.any(String) }, since: {} },
    });
  });
});

describe("a changed input", () => {
  test("[secret] stands for what is recorded at that place; the same input is no change", async () => {
    const { run, store } = await recorded();
    expect(await changedInput(store, run, workflow, HIDDEN)).toBeNull();
    expect(await changedInput(store, run, workflow, given)).toBeNull();
    const changed = await changedInput(store, run, workflow, { ...HIDDEN, topic: "ebb" });
    expect(JSON.parse(changed?.plainJson ?? "")).toEqual({ ...given, topic: "ebb" });
  });

  test("another secret is a change, told without either", async () => {
    const { run, store } = await recorded();
    const next = { ...HIDDEN, key: "another key" };
    expect(await changedInput(store, run, workflow, next)).not.toBeNull();
    expect(await previewInput(store, run, workflow, next)).toEqual({
      isFit: true,
      input: { ...HIDDEN, feeds: HIDDEN.feeds },
      changedSecrets: ["/key"],
    });
  });

  test("[secret] that stands for nothing is refused: what is shown is not the secret", async () => {
    const start = parseInput(workflow, { topic: "t", key: "[secret]" });
    await expect(start).rejects.toThrow(BadInputError);
    await expect(start).rejects.toMatchObject({ details: { issues: [{ path: "key" }] } });
  });

  test("what does not fit is told without what was given", async () => {
    const strict = flow(
      z.object({
        key: secret(z.string()).refine((text) => text.startsWith("sk-"), {
          error: ({ input }) => `"${String(input)}" does not begin with sk-`,
        }),
        pin: secret(z.string()).refine(() => false, { error: ({ input }) => `not ${String(input)}` }),
        also: z.string().refine(() => false, { error: "must not be canary-key" }),
      }),
    );
    const answer = await parseInput(strict, { key: "canary-key", pin: "12", also: "x" }).catch((error) => error);
    expect(answer.details.issues).toEqual([
      { path: "key", message: "does not fit" },
      { path: "pin", message: "does not fit" },
      { path: "also", message: "must not be [secret]" },
    ]);
    expect(await hideSecrets(strict, { key: "canary-key", also: 1 })).toEqual({ key: "[secret]", also: 1 });
  });
});

describe("masking", () => {
  test("finds a secret in texts, in JSON texts and in addresses, and leaves short ones", () => {
    const mask = new SecretMask([KEY, "abc", ["in a list"], { n: 123_456 }]);
    expect(mask.text(`a ${KEY} b`)).toBe("a [secret] b");
    expect(mask.text(JSON.stringify({ KEY }))).toBe('{"KEY":"[secret]"}');
    expect(mask.text(`https://h/?k=${encodeURIComponent(KEY)}`)).toBe("https://h/?k=[secret]");
    expect(mask.json({ "in a list": ["abc", 123_456, null, 12] })).toEqual({
      "[secret]": ["abc", "[secret]", null, 12],
    });
  });

  test("an error keeps what programs know it by; its message, stack, details and causes are masked", () => {
    const mask = new SecretMask(["canary"]);
    const thrown = Object.assign(new Error("no canary", { cause: new Error("canary died") }), {
      code: "canary",
      details: { bird: "canary" },
    });
    const masked = mask.thrown(thrown) as Error & { code: string };
    expect(masked).toMatchObject({
      code: "canary",
      message: "no [secret]",
      details: { bird: "[secret]" },
      cause: { message: "[secret] died" },
    });
    expect(masked.stack).not.toContain("canary");
    expect(new SecretMask([]).thrown(thrown)).toBe(thrown);
  });
});
