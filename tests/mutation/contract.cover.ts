/**
 * The contract suite of all stores, run on the store's sources, in memory and in this thread: mutants of the store must
 * fail it.
 */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "../../packages/store-sqlite/src/testing/contract-factory.js";

exerciseStore(factoryOf("memory", true, true));
