/**
 * Addresses in a body that this machine would call: an input names the variable that holds a key beside the address that it
 * is sent to, so whoever may start runs could have a key sent to themselves. Over HTTP only known addresses are taken.
 */
import { InputEndpointRefusedError, type InputIssue } from "@holdfast/core";
import { findFormat } from "@holdfast/engine";

/** The providers' own: a key sent there is where it belongs. */
const PROVIDERS = ["https://api.openai.com", "https://api.anthropic.com"];

/** Enough to mend a form. */
const ISSUES_MAX = 20;

export interface EndpointCheck {
  readonly subject: string;
  readonly schema: unknown;
  readonly given: unknown;
  /** Where `given` stands in the body. */
  readonly under: string;
  /** What the run has recorded: an address that stands there already may be sent back. */
  readonly recorded: unknown;
  /** `server.modelHosts`. */
  readonly allowed: readonly string[];
}

/** @throws {InputEndpointRefusedError} INPUT_ENDPOINT_REFUSED — naming every address that is none of those allowed. */
export function checkEndpoints({ subject, schema, given, under, recorded, allowed }: EndpointCheck): void {
  const found = findFormat(schema, given, "endpoint");
  if (found.length === 0) return;
  const known = new Set(findFormat(schema, recorded, "endpoint").map(({ pointer, value }) => `${pointer}:${value}`));
  const origins = new Set([...PROVIDERS, ...allowed].map(originOf));
  const issues: InputIssue[] = found
    .filter(({ pointer, value }) => !known.has(`${pointer}:${value}`) && !origins.has(originOf(value)))
    .slice(0, ISSUES_MAX)
    .map(({ parts }) => ({
      path: [under, ...parts].join("."),
      message: "is not an address of one of the server's model hosts",
    }));
  if (issues.length > 0) throw new InputEndpointRefusedError({ subject, issues });
}

/** Scheme, host and port as the caller of the address will read them; null for what is no address. */
function originOf(address: string): string | null {
  if (!URL.canParse(address)) return null;
  const { origin, protocol } = new URL(address);
  return protocol === "http:" || protocol === "https:" ? origin : null;
}
