/**
 * Checks the host and the origin of every request. A page elsewhere whose name was made to point here (DNS rebinding) sends
 * its own name as Host, and a page of another origin sends its Origin.
 */
import { HostRefusedError, OriginRefusedError } from "@holdfast/core";
import type { Asking, SiteRules } from "../ports.js";
import type { ResolvedSettings } from "../settings.js";

export class Site implements SiteRules {
  private hosts: ReadonlySet<string> = new Set();
  private listeningPort: number;

  constructor(private readonly settings: ResolvedSettings) {
    this.listeningPort = settings.port;
    this.listenOn(settings.port);
  }

  get port(): number {
    return this.listeningPort;
  }

  /** With port 0 the real one is known only once it listens. */
  listenOn(port: number): void {
    this.listeningPort = port;
    const { host, isLoopback, allowedHosts } = this.settings;
    const names = isLoopback
      ? ["localhost", "127.0.0.1", "[::1]"]
      : host === "0.0.0.0" || host === "::"
        ? []
        : [bracketed(host)];
    const withPort = names.flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
    this.hosts = new Set([...withPort, ...allowedHosts].map((name) => name.toLowerCase()));
  }

  /** @throws {HostRefusedError} {OriginRefusedError} */
  check({ method, headers }: Asking, isPublic: boolean): void {
    const host = headers.host;
    if (typeof host !== "string" || !this.hosts.has(host.toLowerCase())) {
      throw new HostRefusedError({ host: typeof host === "string" ? host : "" });
    }
    const { origin } = headers;
    const isGuest = this.isGuest(origin);
    if (origin !== undefined && !isGuest && !this.isOurs(origin))
      throw new OriginRefusedError({ origin: String(origin) });
    // What a browser says of itself even where it sends no Origin. A link from elsewhere may lead to the page.
    const site = headers["sec-fetch-site"];
    const isLink = isPublic && method === "GET" && headers["sec-fetch-mode"] === "navigate";
    if ((site === "cross-site" || site === "same-site") && !isLink && !isGuest) {
      throw new OriginRefusedError({ origin: `another site (${site})` });
    }
  }

  isGuest(origin: string | readonly string[] | undefined): boolean {
    return (
      typeof origin === "string" &&
      this.settings.allowedOrigins.includes(origin.toLowerCase()) &&
      // Its own page may use its own session, whatever is allowed besides.
      !this.isOurs(origin)
    );
  }

  private isOurs(origin: string | readonly string[]): boolean {
    const host = typeof origin === "string" ? origin.match(/^https?:\/\/([^/]+)$/)?.[1] : undefined;
    return host !== undefined && this.hosts.has(host.toLowerCase());
  }
}

const bracketed = (host: string) => (host.includes(":") ? `[${host}]` : host);
