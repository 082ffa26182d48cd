// For tests: a small PDF that unpacks to a large size.
import { once } from "node:events";
import { createDeflate } from "node:zlib";

const MB = 1024 ** 2;

/** A page whose drawing instructions unpack to `unpackedMb`. */
export async function makePdfBomb(unpackedMb: number): Promise<Buffer> {
  const deflate = createDeflate({ level: 9 });
  const packed: Buffer[] = [];
  deflate.on("data", (chunk: Buffer) => packed.push(chunk));
  const piece = Buffer.alloc(MB, "BT /F1 12 Tf (a) Tj ET\n");
  for (let count = 0; count < unpackedMb; count++) if (!deflate.write(piece)) await once(deflate, "drain");
  deflate.end();
  await once(deflate, "end");
  const content = Buffer.concat(packed);
  const objects: (string | Buffer)[][] = [
    ["<< /Type /Catalog /Pages 2 0 R >>"],
    ["<< /Type /Pages /Kids [3 0 R] /Count 1 >>"],
    ["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"],
    [`<< /Length ${content.length} /Filter /FlateDecode >>\nstream\n`, content, "\nendstream"],
    ["<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"],
  ];
  const parts: Buffer[] = [Buffer.from("%PDF-1.4\n")];
  const places: number[] = [];
  const lengthOf = () => parts.reduce((sum, part) => sum + part.length, 0);
  for (const [index, body] of objects.entries()) {
    places.push(lengthOf());
    parts.push(
      Buffer.from(`${index + 1} 0 obj\n`),
      ...body.map((part) => Buffer.from(part)),
      Buffer.from("\nendobj\n"),
    );
  }
  const table = places.map((place) => `${String(place).padStart(10, "0")} 00000 n \n`).join("");
  const tableAt = lengthOf();
  const tail = `xref\n0 6\n0000000000 65535 f \n${table}trailer\n<< /Size 6 /Root 1 0 R >>\nstartxref\n${tableAt}\n%%EOF`;
  return Buffer.concat([...parts, Buffer.from(tail)]);
}
