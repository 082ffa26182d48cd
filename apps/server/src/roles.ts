/** Callers and their roles. Users see and steer their own runs, admins all. */

/** In order of what they may do. */
export const ROLES = ["viewer", "operator", "admin"] as const;
/** One of `ROLES`. */
export type Role = (typeof ROLES)[number];

export const isRole = (value: unknown): value is Role => ROLES.includes(value as Role);

/** How a caller proved who they are. */
export interface Credential {
  readonly kind: "token" | "jwt" | "apiKey";
  /** Which token or key it was, or which issuer signed it. */
  readonly ref: string;
  /** Milliseconds UTC; null does not end. */
  readonly expiresAt: number | null;
}

export interface Caller {
  readonly id: string;
  readonly role: Role;
  readonly credential: Credential;
  /** Through the cookie of POST /session: a browser, which sends it whether the user meant it or not. */
  readonly isSession: boolean;
}
