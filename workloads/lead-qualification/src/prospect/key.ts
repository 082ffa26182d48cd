// What names a prospect: its domain as people and browsers write it, or an id of the user's own, which is left as it is,
// less the spaces around it.

/** Columns whose header speaks of a domain or an address hold one. */
export function isDomainColumn(column: string): boolean {
  return /domain|website|url|homepage/i.test(column);
}

const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`, "u");

/** `https://www.Acme.com/about` is `acme.com`; null when there is no domain in it. */
export function readDomain(text: string): string | null {
  const host = text
    .trim()
    .toLowerCase()
    .replace(/^[a-z][a-z0-9+.-]*:\/\//, "")
    .replace(/[/?#].*$/s, "")
    .replace(/^[^@]*@/, "")
    .replace(/:\d+$/, "")
    .replace(/^www\./, "")
    .replace(/\.$/, "");
  return DOMAIN.test(host) ? host : null;
}
