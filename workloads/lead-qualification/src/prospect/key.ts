// The key of a prospect: its domain, as people and browsers write it, or an ID of the user's own, which is only
// trimmed.

/** Returns whether a column's header suggests a domain or an address. */
export function isDomainColumn(column: string): boolean {
  return /domain|website|url|homepage/i.test(column);
}

const LABEL = "[\\p{L}\\p{N}](?:[\\p{L}\\p{N}-]*[\\p{L}\\p{N}])?";
const DOMAIN = new RegExp(`^${LABEL}(?:\\.${LABEL})+$`, "u");

/** Reads the domain: `https://www.Acme.com/about` gives `acme.com`; null if there is none. */
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
