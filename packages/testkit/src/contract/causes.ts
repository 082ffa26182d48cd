/** Marks on causes of failures: each scope has its own, the newest counts, and each is audited. */
import { describe, expect, test } from "vitest";
import { type StoreFactory, stampOf, withStore } from "./factory.js";

export function exerciseCauses(factory: StoreFactory): void {
  describe(`${factory.name}: marks on causes`, () => {
    test("are kept by scope with who, when and why; the newest counts; removed, they are gone; each is audited", () =>
      withStore(factory, async ({ store, advance }) => {
        expect(await store.listCauseMarks(["", "ada"])).toEqual([]);
        const first = await store.markCause({
          fingerprint: "f1",
          scope: "",
          state: "resolved",
          audit: stampOf("resolveCause", "root", "the key is new"),
        });
        expect(first).toMatchObject({ state: "resolved", markedBy: "root", note: "the key is new" });
        await advance(1_000);
        const own = await store.markCause({
          fingerprint: "f1",
          scope: "ada",
          state: "ignored",
          audit: stampOf("ignoreCause"),
        });
        expect(own?.note).toBeNull();
        expect(own?.markedAt).toBeGreaterThan(first?.markedAt ?? Number.NaN);
        expect(await store.listCauseMarks(["", "ada"])).toEqual([own, first]);
        expect(await store.listCauseMarks([""])).toEqual([first]);
        expect(await store.listCauseMarks(["bob"])).toEqual([]);
        const again = await store.markCause({
          fingerprint: "f1",
          scope: "",
          state: "ignored",
          audit: stampOf("ignoreCause", "root"),
        });
        expect(await store.listCauseMarks([""])).toEqual([again]);
        const gone = { fingerprint: "f1", scope: "", state: null, audit: stampOf("reopenCause", "root") } as const;
        expect(await store.markCause(gone)).toBeNull();
        expect(await store.markCause(gone)).toBeNull();
        expect(await store.listCauseMarks(["", "ada"])).toEqual([own]);
        const entries = (await store.listAudit({ limit: 9 })).rows;
        expect(entries.map(({ action }) => action)).toEqual([
          "reopenCause",
          "reopenCause",
          "ignoreCause",
          "ignoreCause",
          "resolveCause",
        ]);
        expect(entries.at(-1)).toMatchObject({
          reason: "cause f1: the key is new",
          runId: null,
          actor: { id: "root" },
        });
      }));
  });
}
