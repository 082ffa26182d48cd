// Turns failures of the database into the errors that a person sees, with exit code and advice from the error table.
import { hostname } from "node:os";
import { ResourceHeldError, StoreFullError, StoreUnreachableError, WrongUseError } from "holdfast";
import { StoreCorruptError, StoreReadonlyError } from "holdfast/store";
import { DatabaseError, type Failure, MemoryLimitError } from "../database/failure.js";
import { describeHolder } from "./held.js";

/** Returns the error to throw in a stage for a failure of the database's process. */
export async function toError(thrown: unknown, runId: string): Promise<unknown> {
  if (!(thrown instanceof DatabaseError)) return thrown;
  return (await wordFailure(thrown.failure, runId)) ?? thrown;
}

async function wordFailure(failure: Failure, runId: string): Promise<Error | null> {
  switch (failure.kind) {
    case "held": {
      const by = await describeHolder(failure.pid);
      const { runId: heldByRun, command, pid, since } = by;
      const heldBy = { runId: heldByRun, name: command, host: hostname(), pid, since };
      return new ResourceHeldError({ resource: failure.file, runId, heldBy });
    }
    case "corrupt":
      return new StoreCorruptError({ location: failure.file, problem: failure.problem });
    case "full":
      return new StoreFullError({ location: failure.file, problem: failure.problem });
    case "readonly":
      return new StoreReadonlyError({ location: failure.file, problem: failure.problem });
    case "unreachable":
      return new StoreUnreachableError({ location: failure.file, problem: failure.problem });
    case "gone":
    case "early":
      return new StoreUnreachableError({ location: failure.file, problem: failure.problem });
    case "memory":
      return new MemoryLimitError(
        `The memory limit was reached: ${failure.problem}. Years that are written stay. Resume on a machine with more memory, or with --set memoryLimitMb=<MB>.`,
      );
    case "overflow":
      return new WrongUseError({ problem: `${failure.problem}.` });
    case "wrongUse":
      return new WrongUseError({ problem: `${failure.problem}.` });
    default:
      return null;
  }
}
