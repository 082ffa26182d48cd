/**
 * The contract suite of all stores, in memory with its writer thread: by subject in the short form, and all of it in the long one. The
 * statements are those of the inline store, and the thread is that of a file. What is left is that the thread reads, too.
 */
import {
  exerciseAttempts,
  exerciseClaim,
  exerciseDatasets,
  exerciseEvents,
  exerciseInputs,
  exerciseMaps,
  exerciseRuns,
  exerciseStore,
} from "@holdfast/testkit/contract";
import { factoryOf } from "./testing/contract-factory.js";

const threaded = factoryOf("memory with its writer thread", true, false);
if (process.env.LONG === "1") exerciseStore(threaded);
else {
  const subjects = [
    exerciseAttempts,
    exerciseClaim,
    exerciseDatasets,
    exerciseEvents,
    exerciseInputs,
    exerciseMaps,
    exerciseRuns,
  ];
  for (const exercise of subjects) exercise(threaded);
}
