/** For what scrolls: it must be reachable by keys. */
export const SCROLLS = { tabIndex: 0 } as const;
