/** `s3://bucket/prefix?endpoint=…` as its parts. Keys never stand in an address: it is shown and logged. */
import { nearest, WrongUseError } from "@holdfast/core";

export interface S3Address {
  readonly bucket: string;
  /** Without slashes at its ends; empty for the whole bucket. */
  readonly prefix: string;
  /** URL of the server; null for Amazon's. */
  readonly endpoint: string | null;
  readonly region: string | null;
  /** URL by which browsers reach the same server; null: downloads go through the Holdfast server. */
  readonly publicEndpoint: string | null;
  /** The bucket's name is in the path instead of the host's name. */
  readonly isPathStyle: boolean;
  /** How long a request may go without a byte. */
  readonly timeoutMs: number;
  /** For people: without parameters. */
  readonly location: string;
}

/** Half a minute without a byte: a slow server still sends some, and three tries stay below two minutes. */
const TIMEOUT_MS = 30_000;
const PARAMETERS = ["endpoint", "region", "publicEndpoint", "pathStyle", "timeoutMs"];

/** @throws {WrongUseError} WRONG_USE — naming what is wrong in it. */
export function parseAddress(text: string): S3Address {
  const wrong = (problem: string) =>
    new WrongUseError({ problem: `"${withoutKeys(text)}" is no address of artifacts: ${problem}` });
  const match = text.match(/^s3:\/\/([^/?#]*)(\/[^?#]*)?(?:\?(.*))?$/s);
  if (match === null) throw wrong("s3://<bucket>/<prefix> is expected.");
  const [, bucket = "", path = "", query = ""] = match;
  if (bucket.includes("@")) {
    throw wrong("it must not hold keys. Set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or a profile.");
  }
  if (!/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/.test(bucket)) {
    throw wrong("a bucket has 3 to 63 lowercase letters, digits, dots and hyphens.");
  }
  const prefix = path.replace(/^\/+|\/+$/g, "");
  if (!/^[A-Za-z0-9!_.*'()/-]*$/.test(prefix) || prefix.split("/").some((part) => part === "." || part === "..")) {
    throw wrong("a prefix has letters, digits, '-', '_', '.' and '/', without '..'.");
  }
  const given = new URLSearchParams(query);
  for (const name of given.keys()) {
    if (PARAMETERS.includes(name)) continue;
    const near = nearest(name, PARAMETERS);
    throw wrong(`there is no parameter "${name}"${near === null ? "" : `; did you mean "${near}"?`}`);
  }
  const endpoint = readServer(given.get("endpoint"), "endpoint", wrong);
  const pathStyle = given.get("pathStyle") ?? String(endpoint !== null);
  if (pathStyle !== "true" && pathStyle !== "false") throw wrong("pathStyle is true or false.");
  const timeoutMs = Number(given.get("timeoutMs") ?? TIMEOUT_MS);
  if (!Number.isInteger(timeoutMs) || timeoutMs < 100 || timeoutMs > 600_000) {
    throw wrong("timeoutMs is a whole number from 100 to 600000.");
  }
  return {
    bucket,
    prefix,
    endpoint,
    region: given.get("region"),
    publicEndpoint: readServer(given.get("publicEndpoint"), "publicEndpoint", wrong),
    isPathStyle: pathStyle === "true",
    timeoutMs,
    location: `s3://${bucket}${prefix === "" ? "" : `/${prefix}`}`,
  };
}

function readServer(text: string | null, name: string, wrong: (problem: string) => WrongUseError): string | null {
  if (text === null) return null;
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.username !== "" || url.password !== "") {
    throw wrong(`${name} is a URL such as https://storage.example.com, without keys.`);
  }
  return text.replace(/\/+$/, "");
}

const withoutKeys = (text: string) => text.replace(/\/\/[^/@]*@/g, "//…@").slice(0, 300);
