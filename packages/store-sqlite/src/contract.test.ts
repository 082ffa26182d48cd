/** The contract suite of all stores, over a file with its writer thread: how Holdfast runs. */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "./testing/contract-factory.js";

exerciseStore(factoryOf("a file with its writer thread", false, false));
