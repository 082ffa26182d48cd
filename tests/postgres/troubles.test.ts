/** What can be wrong with PostgreSQL, at the start and while runs are executed: told with its cure, and nothing is lost. */
import { type AddressInfo, createServer } from "node:net";
import { defineWorkflow, openHoldfast } from "holdfast";
import { afterAll, describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import { ask, newSchema, problem, serverUrl, title } from "./world.js";

const roles: string[] = [];
afterAll(async () => {
  for (const role of roles) await ask(`DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
});

/** A login of its own, so that what is done to it is done to nobody else. */
async function newRole(options = ""): Promise<{ readonly name: string; readonly url: string }> {
  const name = newSchema();
  await ask(`CREATE ROLE ${name} LOGIN PASSWORD 'right' ${options}`);
  roles.push(name);
  const url = Object.assign(new URL(serverUrl()), { username: name, password: "right" });
  url.searchParams.set("schema", name);
  return { name, url: url.href };
}

let made = 0;
const steps = defineWorkflow({
  name: "steps",
  input: z.object({}),
  stages: ["one", "two", "three"],
  async run({ stage }) {
    await stage("one", () => {
      made += 1;
      return "first";
    });
    await stage("two", () => held?.());
    return stage("three", () => "done");
  },
});
let held: (() => Promise<void>) | null = null;

const open = (url: string) => openHoldfast({ workflows: [steps], url, stageFiles: false, pollMs: 20, scanMs: 50 });
const refused = (code: string, text: RegExp) => expect.objectContaining({ code, message: expect.stringMatching(text) });
const change = (url: string, parts: Partial<Pick<URL, "pathname" | "port" | "password" | "hostname">>) =>
  Object.assign(new URL(url), parts).href;

describe.skipIf(problem !== null)(title("PostgreSQL in trouble"), () => {
  test("at the start: address, password, database, rights, read-only and no connection left, each with what to do", async () => {
    const role = await newRole();
    await expect(open(role.url)).rejects.toEqual(
      refused("STORE_READONLY", /rights are missing.*CREATE on the database/),
    );
    await expect(open(change(role.url, { port: "1" }))).rejects.toEqual(
      refused("STORE_UNREACHABLE", /cannot be reached.*host and port/),
    );
    await expect(open(change(role.url, { hostname: "no-such-host.invalid" }))).rejects.toEqual(
      refused("STORE_UNREACHABLE", /cannot be reached/),
    );
    const wrongPassword = open(await refusingLogins());
    await expect(wrongPassword).rejects.toEqual(refused("STORE_UNREACHABLE", /refused the login.*user and password/));
    await expect(wrongPassword).rejects.not.toThrow("s3cret");
    await expect(open(change(role.url, { pathname: "/no_such_database" }))).rejects.toEqual(
      refused("STORE_UNREACHABLE", /no such database.*create it/),
    );
    await expect(open("postgres//nowhere")).rejects.toEqual(refused("WRONG_USE", /not a store URL/));
    await ask(`ALTER ROLE ${role.name} CONNECTION LIMIT 0`);
    await expect(open(role.url)).rejects.toEqual(refused("STORE_UNREACHABLE", /no connection left.*max_connections/));
    await ask(
      `ALTER ROLE ${role.name} CONNECTION LIMIT -1; ALTER ROLE ${role.name} SET default_transaction_read_only = on`,
    );
    await ask(`GRANT ALL ON SCHEMA public TO ${role.name}; CREATE SCHEMA ${role.name} AUTHORIZATION ${role.name}`);
    await expect(open(role.url)).rejects.toEqual(refused("STORE_READONLY", /takes no writes.*primary/));
  });

  test("while a run is executed: the database is gone, then full, then back; the run ends, and what was recorded is not done again", async () => {
    const role = await newRole("SUPERUSER");
    await using holdfast = await open(role.url);
    const before = made;
    let arrived!: () => void;
    let go!: () => void;
    const isThere = new Promise<void>((resolve) => {
      arrived = resolve;
    });
    const going = new Promise<void>((resolve) => {
      go = resolve;
    });
    held = async () => {
      arrived();
      await going;
    };
    onTestFinished(() => {
      held = null;
    });
    const worker = await holdfast.startWorker({ concurrency: 1 });
    const handle = await holdfast.start(steps, {});
    await isThere;
    // Gone: no login, and every connection is cut.
    await ask(`ALTER ROLE ${role.name} NOLOGIN`);
    await ask(`SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '${role.name}'`);
    await expect(holdfast.runs.get(handle.id)).rejects.toMatchObject({ code: "STORE_UNREACHABLE" });
    // Back, and full: nothing can be recorded of an attempt.
    await ask(`CREATE FUNCTION ${role.name}.full() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = '53100'; END $$;
      CREATE TRIGGER full_disk BEFORE INSERT OR UPDATE ON ${role.name}.attempt_row EXECUTE FUNCTION ${role.name}.full();
      ALTER ROLE ${role.name} LOGIN`);
    go();
    await waitUntil(() => holdfast.storeWait()?.code === "STORE_FULL");
    expect(holdfast.storeWait()?.message).toMatch(/no room/);
    await ask(`DROP TRIGGER full_disk ON ${role.name}.attempt_row`);
    expect(await handle.result()).toBe("done");
    expect(made - before).toBe(1);
    const events = await holdfast.runs.events(handle.id);
    expect(events.map(({ seq }) => seq)).toEqual(events.map((_, place) => place + 1));
    await worker.drain();
  });
});

/** The tests' server lets everybody in; this one says what a real one says to a wrong password. */
async function refusingLogins(): Promise<string> {
  const fields = Buffer.from('SFATAL\0C28P01\0Mpassword authentication failed for user "ann"\0\0');
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", () => socket.end(Buffer.concat([Buffer.from("E"), length, fields])));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  return `postgres://ann:s3cret@127.0.0.1:${(server.address() as AddressInfo).port}/runs`;
}

/** Until the test's own deadline. */
async function waitUntil(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await ask("SELECT 1");
}
