/**
 * Something that is told once at most. Whoever listens later hears it at once. Most executions end without it, and unlike a
 * promise it costs nothing until then.
 */
export class Once<T> {
  private told: { readonly value: T } | null = null;
  private listeners: ((value: T) => void)[] | null = null;

  /** The first word counts. */
  tell(value: T): void {
    if (this.told !== null) return;
    this.told = { value };
    const { listeners } = this;
    this.listeners = null;
    for (const listener of listeners ?? []) listener(value);
  }

  hear(listener: (value: T) => void): void {
    if (this.told === null) {
      this.listeners ??= [];
      this.listeners.push(listener);
    } else {
      listener(this.told.value);
    }
  }

  wait(): Promise<T> {
    return new Promise((resolve) => this.hear(resolve));
  }
}
