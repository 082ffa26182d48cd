/** A JSON value given on the command line, or in a file. */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { WrongUseError } from "@holdfast/core";
import type { Cli } from "./cli.js";

/** JSON, or `@file` with it; null where nothing is given. @throws {WrongUseError} WRONG_USE */
export async function readData({ cwd }: Pick<Cli, "cwd">, given: string | undefined): Promise<unknown> {
  if (given === undefined) return null;
  const wrong = (error: Error) => new WrongUseError({ problem: `--data ${given}: ${error.message}.` });
  const read = given.startsWith("@") ? readFile(resolve(cwd, given.slice(1)), "utf8") : given;
  const text = await Promise.resolve(read).catch((error: Error) => Promise.reject(wrong(error)));
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    throw wrong(new Error(`JSON, or @ and the name of a file with JSON, is expected (${(error as Error).message})`));
  }
}
