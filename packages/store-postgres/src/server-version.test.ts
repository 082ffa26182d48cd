import { expect, test } from "vitest";
import { checkServerVersion } from "./server-version.js";

test("a server of before PostgreSQL 15 is refused with what to do, later ones are not", () => {
  for (const version of [90_624, 130_000, 149_999]) {
    expect(() => checkServerVersion(version, "postgres://db/x")).toThrow(
      /postgres:\/\/db\/x: PostgreSQL \d+ is too old: 15 or later/,
    );
  }
  for (const version of [150_000, 150_018, 180_004, 190_000]) checkServerVersion(version, "postgres://db/x");
});
