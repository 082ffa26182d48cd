/** The rows of a dataset version, page by page. Positions of erased rows are empty, so a page goes on where the last one ended. */
import type { DatasetRow, Store } from "@holdfast/core";

export async function* rowPages(
  store: Pick<Store, "listRows">,
  version: { readonly name: string; readonly contentSha256: string },
  limit: number,
): AsyncIterable<readonly DatasetRow[]> {
  for (let from = 0; ; ) {
    const page = await store.listRows(version.name, version.contentSha256, { from, limit });
    const last = page.at(-1);
    if (last === undefined) return;
    yield page;
    from = last.index + 1;
  }
}
