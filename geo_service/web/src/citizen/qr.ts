/**
 * QR codes (ISO/IEC 18004) of short texts: byte mode, error correction M, versions 1 to 10 (213 bytes). Pure; a code is rows of modules, true is
 * dark, without the quiet zone of four modules that belongs around it.
 */
const ECC_WORDS = [10, 16, 26, 18, 24, 16, 18, 22, 22, 26];
const BLOCKS = [1, 1, 1, 2, 2, 4, 4, 4, 5, 5];
const MASKS: ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
];

const of = (list: readonly number[], version: number): number => list[version - 1] ?? 0;

function allWords(version: number): number {
  let bits = (16 * version + 128) * version + 64;
  if (version >= 2) {
    const marks = Math.floor(version / 7) + 2;
    bits -= (25 * marks - 10) * marks - 55;
    if (version >= 7) bits -= 36;
  }
  return Math.floor(bits / 8);
}
const dataWords = (version: number) => allWords(version) - of(ECC_WORDS, version) * of(BLOCKS, version);

/** The code of a text; null for one that is too long. */
export function qrCode(text: string): boolean[][] | null {
  const codes = MASKS.map((_, mask) => qrWithMask(text, mask));
  let best: boolean[][] | null = null;
  let least = Number.POSITIVE_INFINITY;
  for (const code of codes) {
    if (!code) return null;
    const bad = unrest(code);
    if (bad < least) [best, least] = [code, bad];
  }
  return best;
}

export function qrWithMask(text: string, mask: number): boolean[][] | null {
  const bytes = new TextEncoder().encode(text);
  const version =
    ECC_WORDS.findIndex((_, i) => dataWords(i + 1) * 8 >= 4 + (i + 1 < 10 ? 8 : 16) + bytes.length * 8) + 1;
  if (version === 0) return null;
  return drawn(interleaved(packed(bytes, version), version), version, mask);
}

function packed(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = [];
  const push = (value: number, count: number) => {
    for (let i = count - 1; i >= 0; i -= 1) bits.push((value >>> i) & 1);
  };
  push(4, 4);
  push(bytes.length, version < 10 ? 8 : 16);
  for (const byte of bytes) push(byte, 8);
  const room = dataWords(version) * 8;
  push(0, Math.min(4, room - bits.length));
  push(0, (8 - (bits.length % 8)) % 8);
  for (let pad = 0xec; bits.length < room; pad ^= 0xec ^ 0x11) push(pad, 8);
  return Array.from({ length: bits.length / 8 }, (_, i) =>
    bits.slice(i * 8, i * 8 + 8).reduce((word, bit) => (word << 1) | bit, 0),
  );
}

// ---- error correction ------------------------------------------------------------------------------------------

function times(a: number, b: number): number {
  let product = 0;
  for (let i = 7; i >= 0; i -= 1) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d);
    product ^= ((b >>> i) & 1) * a;
  }
  return product;
}

function generator(degree: number): number[] {
  const poly = Array.from({ length: degree }, (_, i) => Number(i === degree - 1));
  let root = 1;
  for (let i = 0; i < degree; i += 1) {
    for (let j = 0; j < degree; j += 1) poly[j] = times(poly[j] ?? 0, root) ^ (poly[j + 1] ?? 0);
    root = times(root, 2);
  }
  return poly;
}

function remainder(data: readonly number[], divisor: readonly number[]): number[] {
  const rest = divisor.map(() => 0);
  for (const word of data) {
    const factor = word ^ (rest.shift() ?? 0);
    rest.push(0);
    divisor.forEach((coefficient, i) => {
      rest[i] = (rest[i] ?? 0) ^ times(coefficient, factor);
    });
  }
  return rest;
}

function interleaved(data: readonly number[], version: number): number[] {
  const [count, eccLength] = [of(BLOCKS, version), of(ECC_WORDS, version)];
  const short = count - (allWords(version) % count);
  const length = Math.floor(allWords(version) / count) - eccLength;
  const divisor = generator(eccLength);
  const blocks: { data: number[]; ecc: number[] }[] = [];
  for (let i = 0, at = 0; i < count; i += 1) {
    const part = data.slice(at, at + length + (i < short ? 0 : 1));
    at += part.length;
    blocks.push({ data: part, ecc: remainder(part, divisor) });
  }
  const out: number[] = [];
  for (const kind of ["data", "ecc"] as const) {
    for (let i = 0; i <= length + eccLength; i += 1) {
      for (const block of blocks) {
        const word = block[kind][i];
        if (word !== undefined) out.push(word);
      }
    }
  }
  return out;
}

// ---- drawing ---------------------------------------------------------------------------------------------------

class Grid {
  readonly dark: boolean[][];
  readonly taken: boolean[][];
  constructor(readonly size: number) {
    this.dark = Array.from({ length: size }, () => Array.from({ length: size }, () => false));
    this.taken = this.dark.map((row) => [...row]);
  }
  set(x: number, y: number, dark: boolean): void {
    const [row, taken] = [this.dark[y], this.taken[y]];
    if (!row || !taken || x < 0 || x >= this.size) return;
    row[x] = dark;
    taken[x] = true;
  }
  free = (x: number, y: number) => this.taken[y]?.[x] === false;
}

function alignment(version: number): number[] {
  if (version === 1) return [];
  const count = Math.floor(version / 7) + 2;
  const step = Math.floor((version * 8 + count * 3 + 5) / (count * 4 - 4)) * 2;
  const places = [6];
  for (let i = 0, at = version * 4 + 10; i < count - 1; i += 1, at -= step) places.splice(1, 0, at);
  return places;
}

function drawn(words: readonly number[], version: number, mask: number): boolean[][] {
  const size = version * 4 + 17;
  const grid = new Grid(size);
  drawPatterns(grid, version);
  drawFormat(grid, mask);
  drawVersion(grid, version);
  let bit = 0;
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5;
    for (let step = 0; step < size; step += 1) {
      const upward = ((right + 1) & 2) === 0;
      const y = upward ? size - 1 - step : step;
      for (const x of [right, right - 1]) {
        if (!grid.free(x, y)) continue;
        const row = grid.dark[y];
        const value = (((words[bit >>> 3] ?? 0) >>> (7 - (bit & 7))) & 1) === 1;
        bit += 1;
        if (row) row[x] = value !== (MASKS[mask]?.(x, y) ?? false);
      }
    }
  }
  return grid.dark;
}

function drawPatterns(grid: Grid, version: number): void {
  const last = grid.size - 1;
  for (let i = 0; i <= last; i += 1) {
    grid.set(6, i, i % 2 === 0);
    grid.set(i, 6, i % 2 === 0);
  }
  for (const [cx, cy] of [
    [3, 3],
    [last - 3, 3],
    [3, last - 3],
  ] as const) {
    for (let dy = -4; dy <= 4; dy += 1) {
      for (let dx = -4; dx <= 4; dx += 1) {
        const ring = Math.max(Math.abs(dx), Math.abs(dy));
        grid.set(cx + dx, cy + dy, ring !== 2 && ring !== 4);
      }
    }
  }
  const places = alignment(version);
  for (const cx of places) {
    for (const cy of places) {
      const corner = (cx === 6 && cy === 6) || (cx === 6 && cy === last - 6) || (cx === last - 6 && cy === 6);
      if (corner) continue;
      for (let dy = -2; dy <= 2; dy += 1) {
        for (let dx = -2; dx <= 2; dx += 1)
          grid.set(cx + dx, cy + dy, Math.max(Math.abs(dx), Math.abs(dy)) !== 1);
      }
    }
  }
}

function drawFormat(grid: Grid, mask: number): void {
  let rest = mask; // error correction M is written as 00
  for (let i = 0; i < 10; i += 1) rest = (rest << 1) ^ ((rest >>> 9) * 0x537);
  const bits = ((mask << 10) | rest) ^ 0x5412;
  const bit = (i: number) => ((bits >>> i) & 1) === 1;
  const last = grid.size - 1;
  for (let i = 0; i <= 5; i += 1) grid.set(8, i, bit(i));
  grid.set(8, 7, bit(6));
  grid.set(8, 8, bit(7));
  grid.set(7, 8, bit(8));
  for (let i = 9; i < 15; i += 1) grid.set(14 - i, 8, bit(i));
  for (let i = 0; i < 8; i += 1) grid.set(last - i, 8, bit(i));
  for (let i = 8; i < 15; i += 1) grid.set(8, grid.size - 15 + i, bit(i));
  grid.set(8, last - 7, true);
}

function drawVersion(grid: Grid, version: number): void {
  if (version < 7) return;
  let rest = version;
  for (let i = 0; i < 12; i += 1) rest = (rest << 1) ^ ((rest >>> 11) * 0x1f25);
  const bits = (version << 12) | rest;
  for (let i = 0; i < 18; i += 1) {
    const dark = ((bits >>> i) & 1) === 1;
    const [a, b] = [grid.size - 11 + (i % 3), Math.floor(i / 3)];
    grid.set(a, b, dark);
    grid.set(b, a, dark);
  }
}

/** How hard a code is to read: long runs and blocks of one colour. */
function unrest(code: boolean[][]): number {
  let bad = 0;
  const size = code.length;
  for (let a = 0; a < size; a += 1) {
    let [across, down] = [0, 0];
    for (let b = 1; b < size; b += 1) {
      across = code[a]?.[b] === code[a]?.[b - 1] ? across + 1 : 0;
      down = code[b]?.[a] === code[b - 1]?.[a] ? down + 1 : 0;
      bad += Number(across >= 4) + Number(down >= 4);
      const square = [code[a]?.[b], code[a]?.[b - 1], code[a + 1]?.[b], code[a + 1]?.[b - 1]];
      if (square.every((one) => one === square[0])) bad += 3;
    }
  }
  return bad;
}
