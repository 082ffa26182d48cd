// What no key may hold: it would stand in the database as another key, and two items would be one.

/** What is wrong with the characters of a key, in words; null for nothing. */
export function flawOfKey(key: string): string | null {
  if (key.includes("\0")) return "holds a NUL character";
  // Half of a surrogate pair is no character: UTF-8 has none for it, and all of them become U+FFFD.
  if (/\p{Surrogate}/u.test(key)) return "holds half of a character (a lone surrogate)";
  return null;
}
