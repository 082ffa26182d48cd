/** The files of ops/: commands, options and variables are the program's own, drains are waited for, units are valid. */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { parseArgs } from "../../packages/holdfast/src/cli/args.js";
import { findCommand, GLOBAL_OPTIONS } from "../../packages/holdfast/src/cli/command-line/catalogue.js";
import { environmentName, SETTING_NAMES } from "../../packages/holdfast/src/config.js";

const path = (name: string) => fileURLToPath(new URL(`../../ops/${name}`, import.meta.url));
const text = (name: string) => readFileSync(path(name), "utf8");

/** Other variables that the command, its server or the client of object storage reads. */
const OTHERS = [
  "REDIS_URL",
  "HOLDFAST_SERVER_ALLOWED_HOSTS",
  "AWS_ACCESS_KEY_ID",
  "AWS_SECRET_ACCESS_KEY",
  "NODE_ENV",
  "PATH",
];
const VARIABLES = [...SETTING_NAMES.map(environmentName), ...OTHERS];

function checkCommand(words: readonly string[]): void {
  const found = findCommand(words);
  if (found === null) throw new Error(`no such command: ${words.join(" ")}`);
  const { positionals } = parseArgs(words.slice(found.wordCount), [...found.spec.options, ...GLOBAL_OPTIONS]);
  expect(positionals).toEqual([]);
}
const checkVariables = (names: readonly string[]) =>
  expect(names.filter((name) => !VARIABLES.includes(name))).toEqual([]);

interface Service {
  readonly image: string;
  readonly command?: readonly string[];
  readonly environment?: Readonly<Record<string, string>>;
  readonly stop_grace_period?: string;
}

describe("ops", () => {
  test("compose: PostgreSQL, Redis, two servers and two workers, with commands and variables that there are", () => {
    const { services } = parse(text("compose.yaml"), { merge: true }) as { services: Record<string, Service> };
    expect(Object.keys(services)).toEqual(["postgres", "redis", "server-1", "server-2", "worker-1", "worker-2"]);
    const own = Object.values(services).filter(({ image }) => image === "my-runs");
    expect(own.map(({ command }) => command?.[0])).toEqual(["serve", "serve", "worker", "worker"]);
    for (const { command = [], environment = {}, stop_grace_period: grace } of own) {
      checkCommand(command);
      checkVariables(Object.keys(environment));
      expect(grace).toBe("30s");
    }
  });

  test("Kubernetes: every document is whole, its commands, variables and references are right", () => {
    const documents = parseAllDocuments(text("kubernetes/holdfast.yaml")).map((document) => {
      expect(document.errors).toEqual([]);
      return document.toJS();
    });
    expect(documents.map(({ kind }) => kind)).toEqual(["Secret", "Deployment", "Deployment", "Service"]);
    const [secret, ...others] = documents;
    checkVariables(Object.keys(secret.stringData));
    const apps = others.filter(({ kind }) => kind === "Deployment");
    for (const { spec } of apps) {
      expect(spec.template.metadata.labels).toEqual(spec.selector.matchLabels);
      expect(spec.template.spec.terminationGracePeriodSeconds).toBeGreaterThan(25);
      for (const container of spec.template.spec.containers) {
        checkCommand(container.args);
        expect(container.envFrom).toEqual([{ secretRef: { name: secret.metadata.name } }]);
      }
    }
    const labels = apps.map(({ metadata }) => metadata.labels.app);
    expect(labels).toContain(others.at(-1).spec.selector.app);
  });

  test("the image starts the command as a user of its own", () => {
    const dockerfile = text("Dockerfile");
    expect(dockerfile).toMatch(/^USER node$/m);
    checkCommand(JSON.parse(dockerfile.match(/^CMD (.*)$/m)?.[1] ?? "[]"));
    checkVariables([...dockerfile.matchAll(/\b([A-Z_]+)=/g)].map(([, name = ""]) => name));
  });

  test("systemd: the units are valid where it is installed, and wait for a drain", () => {
    const units = ["systemd/holdfast-serve.service", "systemd/holdfast-worker@.service"];
    for (const unit of units) {
      const [, line = ""] = text(unit).match(/^ExecStart=\/usr\/bin\/env holdfast (.*)$/m) ?? [];
      checkCommand(line.split(" "));
      expect(text(unit)).toMatch(/^TimeoutStopSec=30$/m);
      expect(text(unit)).toMatch(/^SuccessExitStatus=75$/m);
    }
    const verified = spawnSync("systemd-analyze", ["verify", ...units.map(path)], { encoding: "utf8" });
    // Where there is no systemd, what stands above is all that can be said.
    if (verified.error === undefined) expect([verified.status, verified.stderr]).toEqual([0, ""]);
  });
});
