/** Signature version 4 as S3 checks it, in headers and in links: a wrong key must be refused here as it is there. */
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface SignedRequest {
  readonly method: string;
  /** Path as it was sent, percent-encoded. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
}

export interface Keys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
}

const hmac = (key: string | Buffer, text: string) => createHmac("sha256", key).update(text).digest();
const encode = (text: string) =>
  encodeURIComponent(text).replace(/[!'()*]/g, (c) => `%${c.charCodeAt(0).toString(16).toUpperCase()}`);

/** The code with which S3 refuses the request; null when its signature is right. */
export function findSignatureProblem(request: SignedRequest, keys: Keys, nowMs: number): string | null {
  const { headers, query } = request;
  const isLink = query.has("X-Amz-Signature");
  const authorization = String(headers.authorization ?? "");
  const given = isLink
    ? {
        credential: query.get("X-Amz-Credential") ?? "",
        signed: query.get("X-Amz-SignedHeaders") ?? "",
        signature: query.get("X-Amz-Signature") ?? "",
        at: query.get("X-Amz-Date") ?? "",
      }
    : {
        credential: authorization.match(/Credential=([^,\s]+)/)?.[1] ?? "",
        signed: authorization.match(/SignedHeaders=([^,\s]+)/)?.[1] ?? "",
        signature: authorization.match(/Signature=([0-9a-f]+)/)?.[1] ?? "",
        at: String(headers["x-amz-date"] ?? ""),
      };
  const [accessKeyId = "", day = "", region = "", service = ""] = given.credential.split("/");
  if (accessKeyId === "") return "AccessDenied";
  if (accessKeyId !== keys.accessKeyId) return "InvalidAccessKeyId";
  if (isLink && nowMs > instantOf(given.at) + Number(query.get("X-Amz-Expires")) * 1_000) return "AccessDenied";
  const canonical = [
    request.method,
    request.path,
    [...query]
      .filter(([name]) => name !== "X-Amz-Signature")
      .map(([name, value]) => `${encode(name)}=${encode(value)}`)
      .sort()
      .join("&"),
    ...given.signed.split(";").map((name) => `${name}:${String(headers[name] ?? "").trim()}`),
    "",
    given.signed,
    isLink ? "UNSIGNED-PAYLOAD" : String(headers["x-amz-content-sha256"] ?? ""),
  ].join("\n");
  const hash = createHash("sha256").update(canonical).digest("hex");
  const scope = `${day}/${region}/${service}/aws4_request`;
  const toSign = ["AWS4-HMAC-SHA256", given.at, scope, hash].join("\n");
  const key = [day, region, service, "aws4_request"].reduce<string | Buffer>(hmac, `AWS4${keys.secretAccessKey}`);
  const expected = hmac(key, toSign);
  const found = Buffer.from(given.signature, "hex");
  return found.length === expected.length && timingSafeEqual(found, expected) ? null : "SignatureDoesNotMatch";
}

/** `20261130T101112Z` in milliseconds. */
const instantOf = (text: string) =>
  Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
