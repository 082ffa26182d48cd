/**
 * Content security policy of the page. Scripts are our own files only. Style elements carry the response's nonce (Radix creates
 * some), and style attributes are allowed, since they cannot execute anything. The page connects only to this server.
 * Its frames show files of runs from this server, which sends them sandboxed.
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
