/** Where each cell of the heat-map lies: ten by ten a block, blocks in fives a row. Pure. */

/** Of a cell, by the number of its state. */
export const STATE_WORDS = ["to go", "kept", "done", "failed", "in flight"] as const;

export interface HeatShape {
  readonly cell: number;
  readonly pitch: number;
  readonly block: number;
  /** Blocks a row. */
  readonly perRow: number;
  readonly rows: number;
  readonly width: number;
  readonly height: number;
}

export function shapeOf(cellCount: number, width: number, isNarrow: boolean): HeatShape {
  const cell = isNarrow ? 2 : 3;
  const gap = isNarrow ? 3 : 7;
  const pitch = cell + 1;
  const block = pitch * 10 - 1 + gap;
  const fit = Math.floor((width + gap) / block);
  const perRow = isNarrow ? Math.max(1, Math.min(10, fit)) : Math.max(5, Math.floor(fit / 5) * 5);
  const rows = Math.max(1, Math.ceil(cellCount / 100 / perRow));
  return { cell, pitch, block, perRow, rows, width: perRow * block - gap, height: rows * block - gap };
}

export function placeOf({ block, perRow, pitch }: HeatShape, index: number): readonly [x: number, y: number] {
  const at = Math.floor(index / 100);
  const within = index % 100;
  return [
    (at % perRow) * block + (within % 10) * pitch,
    Math.floor(at / perRow) * block + Math.floor(within / 10) * pitch,
  ];
}

/** The cell at a point; null between blocks. */
export function cellAt({ block, perRow, pitch }: HeatShape, x: number, y: number, cellCount: number): number | null {
  const [column, row] = [Math.floor(x / block), Math.floor(y / block)];
  const [dx, dy] = [Math.floor((x - column * block) / pitch), Math.floor((y - row * block) / pitch)];
  if (x < 0 || y < 0 || column >= perRow || dx > 9 || dy > 9) return null;
  const index = (row * perRow + column) * 100 + dy * 10 + dx;
  return index < cellCount ? index : null;
}

/** Two states a byte, the first in the low half. */
export function unpack(base64: string, cellCount: number): Uint8Array {
  const packed = atob(base64);
  const cells = new Uint8Array(cellCount);
  for (let index = 0; index < cellCount; index++) {
    const byte = packed.charCodeAt(index >> 1);
    cells[index] = index % 2 === 0 ? byte & 15 : byte >> 4;
  }
  return cells;
}
