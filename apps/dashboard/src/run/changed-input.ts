/** An input as it is edited, and which of its fields differ from what was recorded: pure. What does not differ is not sent. */
import { ExactNumber, exactText, parseExact } from "../api/exact-json.js";

/** As text to edit: numbers stay as they were written. */
export const inputText = (input: unknown): string => exactText(input ?? {}, 2) ?? "{}";

export type ChangedInput =
  | { readonly kind: "same" }
  | { readonly kind: "changed"; readonly set: Readonly<Record<string, unknown>>; readonly names: readonly string[] }
  | { readonly kind: "wrong"; readonly problem: string };

export function changedInput(before: unknown, text: string): ChangedInput {
  const was = isObject(before) ? before : {};
  let now: unknown;
  try {
    now = parseExact(text);
  } catch (error) {
    return { kind: "wrong", problem: `This is not JSON: ${error instanceof Error ? error.message : String(error)}` };
  }
  if (!isObject(now)) return { kind: "wrong", problem: "An object with the fields of the input is expected" };
  const gone = Object.keys(was).filter((name) => !Object.hasOwn(now as object, name));
  if (gone.length > 0) return { kind: "wrong", problem: `A field is changed, not taken out: ${gone.join(", ")}` };
  const names = Object.keys(now).filter(
    (name) => inputText((now as Fields)[name]) !== inputText(was[name]) || !Object.hasOwn(was, name),
  );
  const large = names.filter((name) => holdsExact((now as Fields)[name]));
  if (large.length > 0)
    return { kind: "wrong", problem: `A number in ${large.join(", ")} is larger than can be sent as it is` };
  if (names.length === 0) return { kind: "same" };
  return { kind: "changed", names, set: Object.fromEntries(names.map((name) => [name, (now as Fields)[name]])) };
}

type Fields = Readonly<Record<string, unknown>>;
const isObject = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

function holdsExact(value: unknown): boolean {
  if (value instanceof ExactNumber) return true;
  return typeof value === "object" && value !== null && Object.values(value).some(holdsExact);
}
