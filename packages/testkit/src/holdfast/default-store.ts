/**
 * The default store of `crashTest` and `testHoldfast`. It is loaded by name and only when needed: this package knows
 * stores by their contract only, and every installation of Holdfast includes this one.
 */
import { type Clock, type Store, WrongUseError } from "@holdfast/core";

const PACKAGE: string = "@holdfast/store-sqlite";

export async function openDefaultStore(ports: {
  readonly clock: Clock;
  readonly random: () => number;
}): Promise<Store> {
  type Module = { openSqliteStore(options: object): Promise<Store> };
  const module = await (import(PACKAGE) as Promise<Module>).catch(() => {
    throw new WrongUseError({ problem: `Give \`openStore\`, or install ${PACKAGE}.` });
  });
  return module.openSqliteStore({ file: ":memory:", inline: true, ...ports });
}
