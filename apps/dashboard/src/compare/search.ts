/** The address of the page: which two runs, and which of their items. */
export interface CompareSearch {
  readonly a?: string;
  readonly b?: string;
  /** Map whose items are shown, and in which way they differ. */
  readonly stage?: string;
  readonly change?: string;
}
