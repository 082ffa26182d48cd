/** Hashes: 32 bytes in the file, hexadecimal outside. */

export function toHex(bytes: Uint8Array): string;
export function toHex(bytes: Uint8Array | null): string | null;
export function toHex(bytes: Uint8Array | null): string | null {
  return bytes === null ? null : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

export function fromHex(hex: string): Uint8Array;
export function fromHex(hex: string | null): Uint8Array | null;
export function fromHex(hex: string | null): Uint8Array | null {
  return hex === null ? null : Buffer.from(hex, "hex");
}
