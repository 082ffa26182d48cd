/** The contract suite of all stores over the store's sources, in memory and in this thread: what mutants of it must not survive. */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "../../packages/store-sqlite/src/testing/contract-factory.js";

exerciseStore(factoryOf("memory", true, true));
