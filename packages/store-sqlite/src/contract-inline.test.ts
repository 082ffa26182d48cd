/** The contract suite of all stores, on the calling thread. On Node 22 too, whose SQLite is another (tests/suite/platform.mjs). */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "./testing/contract-factory.js";

exerciseStore(factoryOf("a file, inline", false, true));
exerciseStore(factoryOf("memory, inline", true, true));
