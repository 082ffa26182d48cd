/** The contract suite of all stores, in memory. Apart from `contract.test.ts`, which also runs on Node 22 (tests/suite/platform.mjs). */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "./testing/contract-factory.js";

exerciseStore(factoryOf("memory with its writer thread", true, false));
exerciseStore(factoryOf("memory, inline", true, true));
