/** The contract suite of all stores, over PostgreSQL. */
import { exerciseStore } from "@holdfast/testkit/contract";
import { factoryOf } from "./testing/contract-factory.js";

exerciseStore(factoryOf("PostgreSQL"));
