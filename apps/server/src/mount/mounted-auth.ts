/**
 * Authentication of a mounted server: the host application's `authorize` identifies the caller. Callers are treated like those
 * of a session, since a browser may have sent the credential by itself: changes need our header, and pages our origin.
 */
import { AsyncLocalStorage } from "node:async_hooks";
import { OriginRefusedError } from "@holdfast/core";
import type { Authenticates, SiteRules } from "../ports.js";
import type { Caller, Role } from "../roles.js";

/** Who asks, as `authorize` of `createHoldfastHandler` answers it. */
export interface MountedCaller {
  /** Whose runs they see and steer. */
  readonly user: string;
  /** What they may do; an admin sees everybody's runs. */
  readonly role: Role;
}

/** The request under way. Each has its own, however many there are at once. */
export const asking = new AsyncLocalStorage<() => MountedCaller | null | Promise<MountedCaller | null>>();

export const mountedAuth: Authenticates = {
  printedToken: null,
  async find(): Promise<Caller | null> {
    const found = await asking.getStore()?.();
    if (found === null || found === undefined) return null;
    const credential = { kind: "token", ref: "mounted", expiresAt: null } as const;
    return { id: found.user, role: found.role, credential, isSession: true };
  },
  // Sessions are the mounting server's.
  findByToken: async () => null,
  sessions: null,
};

/** Which pages may ask: those of the host that was asked, and of the names that are given. */
export class MountedSite implements SiteRules {
  readonly port = 0;

  constructor(private readonly origins: readonly string[]) {}

  listenOn(): void {}

  check({ method, headers }: Parameters<SiteRules["check"]>[0], isPublic: boolean): void {
    const { host, origin } = headers;
    if (origin !== undefined && !this.isOurs(String(origin), String(host))) {
      throw new OriginRefusedError({ origin: String(origin) });
    }
    const site = headers["sec-fetch-site"];
    const isLink = isPublic && method === "GET" && headers["sec-fetch-mode"] === "navigate";
    if ((site === "cross-site" || site === "same-site") && origin === undefined && !isLink) {
      throw new OriginRefusedError({ origin: `another site (${String(site)})` });
    }
  }

  /** Whom the mounting server lets in is its own to say: `authorize` sees the request. */
  isGuest(): boolean {
    return false;
  }

  private isOurs(origin: string, host: string): boolean {
    if (this.origins.includes(origin.toLowerCase())) return true;
    return /^https?:\/\//.test(origin) && origin.replace(/^https?:\/\//, "").toLowerCase() === host.toLowerCase();
  }
}
