import { expect, test } from "vitest";
import { flagsForUserCode } from "./child.js";

test("a child gets the flags that user code needs, and none that says which program to run", () => {
  expect(flagsForUserCode(["--import", "tsx", "--max-old-space-size=512", "--inspect=9229", "--watch"])).toEqual([
    "--import",
    "tsx",
    "--max-old-space-size=512",
  ]);
  expect(flagsForUserCode(["--input-type=module", "-e", "await run()"])).toEqual([]);
  expect(flagsForUserCode(["-p", "1", "--enable-source-maps"])).toEqual(["--enable-source-maps"]);
});
