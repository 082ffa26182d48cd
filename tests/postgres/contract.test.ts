/** The contract suite of all stores, over PostgreSQL. */
import { exerciseStore } from "@holdfast/testkit/contract";
import { describe } from "vitest";
import { factoryOf, problem, title } from "./world.js";

describe.skipIf(problem !== null)(title("PostgreSQL"), () => {
  exerciseStore(factoryOf("PostgreSQL"));
});
