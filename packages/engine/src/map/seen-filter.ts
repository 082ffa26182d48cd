/**
 * Which keys were probably taken up before: a Bloom filter that grows in layers. It never says no to a key that was, and
 * says yes to less than one in a hundred that was not; those are looked up. Twelve bits a key: 15 MB for ten million, where
 * the keys themselves would be a gigabyte.
 */

/** 1 MiB: enough for some 700,000 keys. Each further layer is twice as large. */
const FIRST_LAYER_BYTES = 1 << 20;
const BITS_PER_KEY = 12;
const PROBES = 5;

interface Layer {
  readonly bits: Uint8Array;
  readonly capacity: number;
  count: number;
}

export class SeenFilter {
  private readonly layers: Layer[] = [];

  constructor(private readonly firstLayerBytes = FIRST_LAYER_BYTES) {
    this.grow();
  }

  /** Note a key. False: it was certainly not noted before. */
  add(key: string): boolean {
    const a = hashOf(key);
    const b = stepOf(a);
    let newest = this.layers.at(-1) as Layer;
    for (const layer of this.layers) {
      if (layer !== newest && isIn(layer, a, b)) return true;
    }
    if (newest.count >= newest.capacity) {
      if (isIn(newest, a, b)) return true;
      newest = this.grow();
    }
    const isKnown = put(newest, a, b);
    if (!isKnown) newest.count++;
    return isKnown;
  }

  private grow(): Layer {
    const bytes = this.firstLayerBytes * 2 ** this.layers.length;
    const layer = { bits: new Uint8Array(bytes), capacity: Math.floor((bytes * 8) / BITS_PER_KEY), count: 0 };
    this.layers.push(layer);
    return layer;
  }
}

function isIn({ bits }: Layer, a: number, b: number): boolean {
  const mask = bits.length * 8 - 1; // a power of two
  for (let i = 0, at = a; i < PROBES; i++, at = (at + b) | 0) {
    const bit = at & mask;
    if (((bits[bit >>> 3] as number) & (1 << (bit & 7))) === 0) return false;
  }
  return true;
}

/** Sets the bits; whether all of them were. */
function put({ bits }: Layer, a: number, b: number): boolean {
  const mask = bits.length * 8 - 1;
  let isKnown = true;
  for (let i = 0, at = a; i < PROBES; i++, at = (at + b) | 0) {
    const bit = at & mask;
    const byte = bits[bit >>> 3] as number;
    const flag = 1 << (bit & 7);
    if ((byte & flag) !== 0) continue;
    isKnown = false;
    bits[bit >>> 3] = byte | flag;
  }
  return isKnown;
}

/** A hash of 32 bits, mixed as MurmurHash does: no adversary chooses keys here. */
function hashOf(key: string): number {
  let hash = 0x9747b28c;
  for (let i = 0; i < key.length; i++) {
    hash = Math.imul(hash ^ key.charCodeAt(i), 0x5bd1e995);
    hash ^= hash >>> 15;
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0xc2b2ae35);
  return hash ^ (hash >>> 13);
}

/** How far apart the probes of a key are: odd, so that they meet every bit. */
function stepOf(hash: number): number {
  return Math.imul(hash ^ (hash >>> 15), 0xcc9e2d51) | 1;
}
