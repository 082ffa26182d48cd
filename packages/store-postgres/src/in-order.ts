/** One after the other: a transaction has one connection. */
export async function flatMapInOrder<T, R>(items: Iterable<T>, each: (item: T) => Promise<readonly R[]>): Promise<R[]> {
  const all: R[] = [];
  for (const item of items) all.push(...(await each(item)));
  return all;
}

export async function filterInOrder<T>(items: Iterable<T>, isKept: (item: T) => Promise<boolean>): Promise<T[]> {
  return flatMapInOrder(items, async (item) => ((await isKept(item)) ? [item] : []));
}
