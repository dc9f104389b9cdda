/** The example photomosaic: pixelates faces or marked regions of photos, each photo by itself. */
import { job, lazyOutput, program, rangeInput, textOutput, UsageError, wholeFileInput } from 'calf';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';

const REGIONS = 'photomosaic.regions';
const BLOCK_PIXELS = 12;

/** A photo in memory: 4 bytes (red, green, blue, opacity) for each pixel, row by row. */
export interface Photo {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** A rectangle of pixels. */
export interface Region {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** Decodes a PNG or JPEG. Returns undefined for other bytes. */
function decode(bytes: Uint8Array): (Photo & { readonly kind: 'png' | 'jpeg' }) | undefined {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (buffer.subarray(1, 4).toString('latin1') === 'PNG') {
    const { width, height, data } = PNG.sync.read(buffer);
    return { width, height, data, kind: 'png' };
  }
  if (buffer[0] === 0xff && buffer[1] === 0xd8) {
    return { ...jpeg.decode(buffer, { useTArray: true }), kind: 'jpeg' };
  }
  return undefined;
}

function encode({ width, height, data }: Photo, kind: 'png' | 'jpeg'): Uint8Array {
  if (kind === 'jpeg') return jpeg.encode({ width, height, data }, 90).data;
  const png = new PNG({ width, height });
  png.data = Buffer.from(data);
  return PNG.sync.write(png);
}

/** Gives all pixels of a block the block's mean colour, for each block of the region. Changes the photo. */
export function pixelate({ width, height, data }: Photo, region: Region): void {
  const right = Math.min(width, region.x + region.width);
  const bottom = Math.min(height, region.y + region.height);
  for (let top = region.y; top < bottom; top += BLOCK_PIXELS) {
    for (let left = region.x; left < right; left += BLOCK_PIXELS) {
      const pixels: number[] = [];
      for (let y = top; y < Math.min(bottom, top + BLOCK_PIXELS); y++) {
        for (let x = left; x < Math.min(right, left + BLOCK_PIXELS); x++) pixels.push(4 * (y * width + x));
      }
      for (let channel = 0; channel < 3; channel++) {
        const mean = Math.round(pixels.reduce((sum, at) => sum + (data[at + channel] ?? 0), 0) / pixels.length);
        for (const at of pixels) data[at + channel] = mean;
      }
    }
  }
}

const CELL_PIXELS = 8;

/** A rule of thumb for skin in daylight (Kovač and others, 2003). It knows colours only: wood and sand have them too. */
function isSkin(r: number, g: number, b: number): boolean {
  const isBright = r > 95 && g > 40 && b > 20;
  return isBright && r > g && r > b && r - g > 15 && Math.max(r, g, b) - Math.min(r, g, b) > 15;
}

/**
 * Finds regions that have the colour of skin: connected cells of 8 by 8 pixels with mostly such pixels. This is no detector of
 * faces: it finds hands too, and misses faces in shadow. Mark regions by hand where it matters.
 */
export function skinRegions({ width, height, data }: Photo): Region[] {
  const columns = Math.floor(width / CELL_PIXELS);
  const rows = Math.floor(height / CELL_PIXELS);
  const isCell = (cell: number): boolean => {
    const [left, top] = [(cell % columns) * CELL_PIXELS, Math.floor(cell / columns) * CELL_PIXELS];
    let skin = 0;
    for (let y = top; y < top + CELL_PIXELS; y++) {
      for (let x = left; x < left + CELL_PIXELS; x++) {
        const at = 4 * (y * width + x);
        if (isSkin(data[at] ?? 0, data[at + 1] ?? 0, data[at + 2] ?? 0)) skin++;
      }
    }
    return skin > (CELL_PIXELS * CELL_PIXELS) / 2;
  };
  const open = new Set(Array.from({ length: columns * rows }, (_, cell) => cell).filter(isCell));
  const regions: Region[] = [];
  for (const start of open) {
    const group = [start];
    open.delete(start);
    for (const cell of group) {
      const isFirst = cell % columns === 0;
      const isLast = cell % columns === columns - 1;
      for (const next of [cell - columns, cell + columns, isFirst ? -1 : cell - 1, isLast ? -1 : cell + 1]) {
        if (open.delete(next)) group.push(next);
      }
    }
    // Fewer cells are a speck.
    if (group.length < 6) continue;
    const xs = group.map((cell) => cell % columns);
    const ys = group.map((cell) => Math.floor(cell / columns));
    const [x, y] = [Math.min(...xs), Math.min(...ys)];
    regions.push({
      x: x * CELL_PIXELS,
      y: y * CELL_PIXELS,
      width: (Math.max(...xs) - x + 1) * CELL_PIXELS,
      height: (Math.max(...ys) - y + 1) * CELL_PIXELS,
    });
  }
  return regions;
}

/** Reads lines `photo x y width height`. Returns the regions of each photo. */
export function parseRegions(text: string): Map<string, Region[]> {
  const regions = new Map<string, Region[]>();
  for (const line of text.split('\n')) {
    if (line.trim() === '') continue;
    const [photo = '', ...numbers] = line.trim().split(/\s+/);
    const [x = 0, y = 0, width = 0, height = 0] = numbers.map(Number);
    if (numbers.length !== 4 || ![x, y, width, height].every((n) => Number.isInteger(n) && n >= 0)) {
      throw new Error(`Expected \`photo x y width height\`: ${line}`);
    }
    regions.set(photo, [...(regions.get(photo) ?? []), { x, y, width, height }]);
  }
  return regions;
}

let marked: ReadonlyMap<string, readonly Region[]> | undefined;

/**
 * Writes each photo under its name below `photos/`, a line for each region to the output `regions`, and a line for each photo:
 * `photo TAB number of regions`. A map has one photo; there is nothing to reduce.
 */
export const mosaic = job<string, number, string, number, string, Uint8Array>({
  name: 'photo mosaic',
  input: wholeFileInput({ compression: 'kept' }),
  outputs: { regions: textOutput() },
  async setup({ conf, qualify }) {
    marked = undefined;
    const file = conf.get(REGIONS, '');
    if (file === '') return;
    const { fs, path } = qualify(file);
    await using input = await fs.open(path);
    marked = parseRegions(Buffer.from(await input.pread(0, input.length)).toString());
  },
  async map(bytes, { emit, emitTo, createFile, counter, key }) {
    const name = key.slice(key.lastIndexOf('/') + 1);
    const photo = decode(bytes);
    if (!photo) {
      counter('photomosaic', 'NOT_A_PHOTO').increment();
      return;
    }
    const regions = marked ? (marked.get(name) ?? []) : skinRegions(photo);
    for (const region of regions) {
      pixelate(photo, region);
      emitTo('regions', name, `${region.x} ${region.y} ${region.width} ${region.height}`);
    }
    const file = await createFile(`photos/${name}`);
    await file.write(encode(photo, photo.kind));
    await file.close();
    emit(name, regions.length);
  },
  reducers: 0,
});

const DRAWN = { width: 160, height: 120 };

/** Draws a person before a landscape: a face of another place and size for each number. */
export function drawPhoto(number: number): { readonly photo: Photo; readonly face: Region } {
  const { width, height } = DRAWN;
  const data = new Uint8Array(4 * width * height).fill(255);
  const [radiusX, radiusY] = [14 + (number % 3) * 3, 18 + (number % 3) * 4];
  const [centerX, centerY] = [40 + ((number * 37) % 80), 40 + ((number * 23) % 30)];
  const within = (x: number, y: number, cx: number, cy: number, rx: number, ry: number): boolean =>
    ((x - cx) / rx) ** 2 + ((y - cy) / ry) ** 2 <= 1;
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const isEye = [-1, 1].some((side) => within(x, y, centerX + (side * radiusX) / 3, centerY - 4, 2, 2));
      const isBody = within(x, y, centerX, height, radiusX * 2, height - centerY - radiusY);
      let colour = y < height / 2 ? [120, 170, 230 - y] : [60, 120 + (y % 20), 60];
      if (isBody) colour = [40, 40, 120];
      if (within(x, y, centerX, centerY, radiusX, radiusY)) colour = isEye ? [40, 30, 20] : [224, 172, 140];
      data.set(colour, 4 * (y * width + x));
    }
  }
  const face = { x: centerX - radiusX, y: centerY - radiusY, width: 2 * radiusX, height: 2 * radiusY };
  return { photo: { width, height, data }, face };
}

/** Draws photos in map tasks, every third one as JPEG. */
export const draw = job<null, null, string, string, number, number>({
  name: 'photo mosaic: draw',
  input: rangeInput((conf) => ({ count: conf.getNumber('photomosaic.photos', 6), maps: 2 })),
  // The photos are files of their own: no part file is made.
  output: lazyOutput(textOutput()),
  async map(number, { createFile }) {
    const kind = number % 3 === 2 ? 'jpeg' : 'png';
    const file = await createFile(`photo${number}.${kind === 'png' ? 'png' : 'jpg'}`);
    await file.write(encode(drawPhoto(number).photo, kind));
    await file.close();
  },
  reducers: 0,
});

/** Returns the regions file of the drawn photos. */
function drawnRegions(photos: number): string {
  const lines = Array.from({ length: photos }, (_, i) => {
    const { x, y, width, height } = drawPhoto(i).face;
    return `photo${i}.${i % 3 === 2 ? 'jpg' : 'png'} ${x} ${y} ${width} ${height}\n`;
  });
  return lines.join('');
}

export default program({
  name: 'photomosaic',
  usage: 'photomosaic -data <dir> <regions file> [<photos>] | photomosaic <in> <out> [<regions file>]',
  async main({ args, run, writeText, print }) {
    if (args[0] === '-data') {
      const [, directory, regions, photos = '6'] = args;
      if (!directory || !regions || !/^[1-9]\d*$/.test(photos)) throw new UsageError();
      await run(draw, {
        output: directory,
        conf: { 'photomosaic.photos': Number(photos), 'mapreduce.job.reduces': 0 },
      });
      await writeText(regions, drawnRegions(Number(photos)));
      print(`Drew ${photos} photos in ${directory}`);
      return;
    }
    const [input, output, regions] = args;
    if (!input || !output || args.length > 3) throw new UsageError();
    await run(mosaic, { inputs: [input], output, conf: regions ? { [REGIONS]: regions } : {} });
  },
});
