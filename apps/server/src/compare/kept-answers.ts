/** Cache for expensive answers that change only with their runs: concurrent requests share one computation, and the newest few are kept. */
const KEPT_MAX = 16;

export class KeptAnswers<T> {
  readonly #answers = new Map<string, Promise<T>>();

  /** `key` names the answer with the state that it was made of. What failed is not kept. */
  of(key: string, make: () => Promise<T>): Promise<T> {
    const known = this.#answers.get(key);
    this.#answers.delete(key);
    const answer = known ?? make();
    this.#answers.set(key, answer);
    if (known === undefined) answer.catch(() => this.#answers.delete(key));
    for (const oldest of this.#answers.keys()) {
      if (this.#answers.size <= KEPT_MAX) break;
      this.#answers.delete(oldest);
    }
    return answer;
  }
}
