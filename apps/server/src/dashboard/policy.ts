/**
 * What the page may do, as a content security policy. Scripts are files of ours; style elements carry the nonce of the answer
 * (the parts of Radix make some), style attributes are allowed, since they can run nothing; the page talks to this server alone.
 * Its frames show files of runs from this server, which sends them in a sandbox of their own.
 */
export function pagePolicy(nonce: string): string {
  return [
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    `style-src-elem 'self' 'nonce-${nonce}'`,
    "style-src-attr 'unsafe-inline'",
    "font-src 'self'",
    "img-src 'self' blob:",
    "connect-src 'self'",
    "frame-src 'self'",
    "manifest-src 'self'",
    "base-uri 'self'",
    "form-action 'none'",
    "frame-ancestors 'none'",
  ].join("; ");
}
