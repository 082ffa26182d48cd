/**
 * What this process executes, for one rule: a run that died `aloneAfter` times in a row (`RunRecord.deaths`) has its process to
 * itself until it has recorded an outcome or ended, so that its next death is nobody else's. All workers of an opened Holdfast
 * keep it together.
 *
 * Not kept: a run that a person resumes here (`resumeHere`) begins beside whatever is under way.
 */
import type { ClaimRequest, RunRecord, Store } from "@holdfast/core";

/** A run that is executed here: no more of it than the rule asks for. */
interface Member extends Pick<RunRecord, "id" | "deaths"> {
  /** It has recorded an outcome since it was claimed. */
  isCleared: boolean;
}

export class Company {
  private readonly runs = new Set<Member>();
  /** Claims of several workers follow each other: two at once could each find this process empty. */
  private turn: Promise<unknown> = Promise.resolve();

  constructor(private readonly store: Pick<Store, "getRun">) {}

  /** An execution begins here; what is returned is called when it has ended. */
  enter(run: RunRecord): () => void {
    const member = { id: run.id, deaths: run.deaths, isCleared: false };
    this.runs.add(member);
    return () => void this.runs.delete(member);
  }

  /**
   * Calls `claim` with what may be claimed beside what is executed here, and lets no other worker of this process claim until
   * it has ended and what it took has entered. Not called while a run has this process to itself; null then.
   */
  claim<T>(aloneAfter: number, claim: (suspects: ClaimRequest["suspects"]) => Promise<T>): Promise<T | null> {
    const claimed = this.turn.then(async () => {
      if (await this.isTakenAlone(aloneAfter)) return null;
      return claim(this.runs.size === 0 ? "first" : "none");
    });
    this.turn = claimed.catch(() => {});
    return claimed;
  }

  /** Asks the store: it is the transaction of an outcome that sets the deaths back. */
  private async isTakenAlone(aloneAfter: number): Promise<boolean> {
    for (const run of this.runs) {
      if (run.deaths < aloneAfter || run.isCleared) continue;
      const now = await this.store.getRun(run.id);
      if (now !== null && now.deaths >= aloneAfter) return true;
      run.isCleared = true;
    }
    return false;
  }
}
