// The examples of the course, checked against the same result computed without MapReduce.
import fs from 'node:fs';
import path from 'node:path';
import { PNG } from 'pngjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExample } from '../../../../mapreduce/engines/job-client.ts';
import { drawPhoto, parseRegions, pixelate, skinRegions } from '../../../../mapreduce/examples/course/photomosaic.ts';
import { localConf, prepareTaskChild, recordConsole } from '../../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const at = (name: string): string => path.join(directory, name);

async function run(name: string, ...args: string[]): Promise<string[]> {
  const { out, err, io } = recordConsole();
  const conf = localConf(directory, 1).set('mapreduce.job.reduces', 2);
  expect(await runExample(name, { conf, args, ...io }), err.join('\n')).toBe(0);
  return out;
}

const lines = (name: string): string[] =>
  fs
    .readdirSync(at(name))
    .filter((part) => part.startsWith('part-'))
    .sort()
    .flatMap((part) =>
      fs
        .readFileSync(path.join(at(name), part), 'utf8')
        .split('\n')
        .filter(Boolean),
    );

describe('similarpeople', () => {
  it('ranks for each person the others by the friends in common', async () => {
    await run('similarpeople', '-data', at('friends.tsv'), '30');
    await run('similarpeople', at('friends.tsv'), at('similar'), '2');
    const friends = new Map(
      fs
        .readFileSync(at('friends.tsv'), 'utf8')
        .trim()
        .split('\n')
        .map((line) => [line.split('\t')[0] ?? '', new Set((line.split('\t')[1] ?? '').split(','))]),
    );
    const similarity = (a: string, b: string): number => {
      const [of, and] = [friends.get(a) ?? new Set<string>(), friends.get(b) ?? new Set<string>()];
      return [...of].filter((name) => and.has(name)).length / new Set([...of, ...and]).size;
    };
    const found = lines('similar').map((line) => line.split('\t'));
    expect(found.length).toBe(60);
    for (const [person = '', other = '', value, common] of found) {
      expect(value, `${person} ${other}`).toBe(similarity(person, other).toFixed(4));
      expect(common?.split(',').every((name) => friends.get(person)?.has(name) && friends.get(other)?.has(name))).toBe(
        true,
      );
    }
    for (const person of friends.keys()) {
      const others = [...friends.keys()].filter((name) => name !== person);
      const best = others.map((other) => similarity(person, other)).sort((a, b) => b - a);
      const own = found.filter(([name]) => name === person).map(([, , value]) => value);
      expect(own).toEqual(best.slice(0, 2).map((value) => value.toFixed(4)));
    }
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('similar'))).toEqual(['similar']);
  });
});

describe('keywordindex', () => {
  it('finds each word at its positions, and ranks a rarer word higher', async () => {
    await run('keywordindex', '-data', at('docs'));
    await run('keywordindex', at('docs'), at('index'));
    const index = new Map(lines('index').map((line) => [line.split('\t')[0] ?? '', line.split('\t')[1] ?? '']));
    for (const [word, postings] of index) {
      for (const posting of postings.split(';')) {
        const [document = '', , positions = ''] = posting.split(':');
        const text = fs.readFileSync(path.join(at('docs'), document));
        for (const position of positions.split(',').map(Number)) {
          expect(text.toString('utf8', position, position + word.length).toLowerCase()).toBe(word);
        }
      }
    }
    // 'three' is in one of the four documents, and once.
    expect(index.get('three')).toBe(`blocks.txt:${Math.log(5).toFixed(4)}:49`);
    const [best] = await run('keywordindex', '-search', at('index'), 'node', 'network');
    expect(best).toMatch(/^maps\.txt\t1\.6094\tnetwork@\d+$/);
  });
});

describe('pagerank', () => {
  it('gives the ranks of the same iteration over one array', async () => {
    await run('pagerank', '-data', at('graph.tsv'), '30');
    const told = await run('pagerank', at('graph.tsv'), at('ranks'), '5', '0');
    expect(told.length).toBe(5);
    const graph = fs
      .readFileSync(at('graph.tsv'), 'utf8')
      .trimEnd()
      .split('\n')
      .map((line) =>
        (line.split('\t')[1] ?? '')
          .split(',')
          .filter(Boolean)
          .map((link) => Number(link.slice(4))),
      );
    let ranks = graph.map(() => 1 / graph.length);
    for (let i = 0; i < 5; i++) {
      const dangling = ranks.reduce((sum, rank, page) => sum + (graph[page]?.length === 0 ? rank : 0), 0);
      const next = graph.map(() => 0.15 / graph.length + (0.85 * dangling) / graph.length);
      for (const [page, links] of graph.entries()) {
        for (const link of links) next[link] = (next[link] ?? 0) + (0.85 * (ranks[page] ?? 0)) / links.length;
      }
      ranks = next;
    }
    const found = lines('ranks').map((line) => line.split('\t'));
    expect(found.map(([, rank]) => rank)).toEqual(
      ranks.map((rank) => rank.toFixed(6)).sort((a, b) => Number(b) - Number(a)),
    );
    for (const [page = '', rank] of found) expect(rank).toBe(ranks[Number(page.slice(4))]?.toFixed(6));
    expect(fs.readdirSync(directory).filter((name) => name.startsWith('ranks'))).toEqual(['ranks']);
  });
});

describe('photomosaic', () => {
  it('pixelates the marked regions only, and keeps the format of each photo', async () => {
    await run('photomosaic', '-data', at('photos'), at('regions.txt'), '3');
    expect(fs.readdirSync(at('photos')).filter((name) => name.startsWith('photo'))).toEqual([
      'photo0.png',
      'photo1.png',
      'photo2.jpg',
    ]);
    await run('photomosaic', at('photos'), at('mosaic'), at('regions.txt'));
    expect(fs.readdirSync(path.join(at('mosaic'), 'photos'))).toEqual(['photo0.png', 'photo1.png', 'photo2.jpg']);
    const before = PNG.sync.read(fs.readFileSync(path.join(at('photos'), 'photo1.png')));
    const after = PNG.sync.read(fs.readFileSync(path.join(at('mosaic'), 'photos', 'photo1.png')));
    const [face] = parseRegions(fs.readFileSync(at('regions.txt'), 'utf8')).get('photo1.png') ?? [];
    if (!face) throw new Error('photo1.png has no face');
    let changed = 0;
    for (let pixel = 0; pixel < before.width * before.height; pixel++) {
      const [x, y] = [pixel % before.width, Math.floor(pixel / before.width)];
      const isInside = x >= face.x && x < face.x + face.width && y >= face.y && y < face.y + face.height;
      const isSame = before.data
        .subarray(4 * pixel, 4 * pixel + 4)
        .equals(after.data.subarray(4 * pixel, 4 * pixel + 4));
      if (!isInside) expect(isSame, `${x},${y}`).toBe(true);
      if (!isSame) changed++;
    }
    expect(changed).toBeGreaterThan((face.width * face.height) / 3);
    const regions = fs.readdirSync(at('mosaic')).filter((name) => name.startsWith('regions-'));
    const written = regions.map((name) =>
      fs
        .readFileSync(path.join(at('mosaic'), name), 'utf8')
        .trim()
        .replace('\t', ' '),
    );
    expect(written.sort().join('\n')).toBe(fs.readFileSync(at('regions.txt'), 'utf8').trim());
    expect(lines('mosaic').sort()).toEqual(['photo0.png\t1', 'photo1.png\t1', 'photo2.jpg\t1']);
  });

  it('finds the drawn faces by the colour of skin', () => {
    for (let number = 0; number < 9; number++) {
      const { photo, face } = drawPhoto(number);
      const [found, ...more] = skinRegions(photo);
      expect(more).toEqual([]);
      // Cells of 8 pixels that are mostly skin: the region is at most a cell off on each side.
      expect(Math.abs((found?.x ?? 0) - face.x)).toBeLessThanOrEqual(8);
      expect(Math.abs((found?.y ?? 0) - face.y)).toBeLessThanOrEqual(8);
    }
  });

  it('gives each block of a region its mean colour, up to the photo’s edge', () => {
    const data = Uint8Array.from({ length: 4 * 4 * 2 }, (_, i) => (i % 4 === 0 ? i : 255));
    pixelate({ width: 4, height: 2, data }, { x: 2, y: 0, width: 9, height: 9 });
    // The red of the pixels at 2 and 3 in both rows: 8, 12, 24, 28.
    expect([...data].filter((_, i) => i % 4 === 0)).toEqual([0, 4, 18, 18, 16, 20, 18, 18]);
  });

  it('refuses a line of regions that it can not read', () => {
    expect(() => parseRegions('a.png 1 2 3\n')).toThrow('Expected `photo x y width height`: a.png 1 2 3');
  });
});
