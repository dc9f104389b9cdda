// The pairs of a map on YARN: combined, behind the bytes of their partition, encoded as Calf's own sort has them.
import { expect, it } from 'vitest';
import { job, sum } from '../../../mapreduce/api/api.ts';
import { decodeKey } from '../../../mapreduce/sort/key-codec.ts';
import { decodeValue } from '../../../mapreduce/sort/value-codec.ts';
import { RawPairs } from '../../../mapreduce/yarn/raw-pairs.ts';
import { ShuffleWriter } from '../../../mapreduce/yarn/shuffle-writer.ts';
import { splitOf } from '../../../mapreduce/yarn/yarn-context.ts';

const PREFIXES = ['000000aa', '000000bb'];

async function written(spec: Parameters<typeof job<string, number>>[0], pairs: readonly [string, number][]) {
  const pieces: Buffer[] = [];
  const writer = new ShuffleWriter(job(spec), PREFIXES, { write: (bytes) => pieces.push(Buffer.from(bytes)) });
  for (const [key, value] of pairs) writer.add(key, value);
  writer.end();
  const found: unknown[] = [];
  const source = (async function* () {
    yield* pieces;
  })();
  for await (const [key, value] of new RawPairs(source)) {
    found.push([key.toString('hex', 0, 4), decodeKey(key, 4, key.length), decodeValue(value, 0, value.length)]);
  }
  return found;
}

const pairs: [string, number][] = [
  ['a', 1],
  ['b', 2],
  ['a', 40],
];
const partition = (key: string): number => (key === 'a' ? 1 : 0);

it('each pair has the partition that the job chooses', async () => {
  expect(await written({ partition }, pairs)).toEqual([
    ['000000bb', 'a', 1],
    ['000000aa', 'b', 2],
    ['000000bb', 'a', 40],
  ]);
});

it('a combiner makes one pair of each key', async () => {
  expect(await written({ partition, combine: sum }, pairs)).toEqual([
    ['000000bb', 'a', 41],
    ['000000aa', 'b', 2],
  ]);
});

it('a partition that the job does not have is refused', async () => {
  await expect(written({ partition: () => 2 }, pairs)).rejects.toThrow('Illegal partition (2): expected 0 to 1');
});

// PipeMapRed gives the properties of the task as variables of the environment.
it.each([
  ['hdfs://host:8020/in/a b', 'hdfs://host:8020', '/in/a b'],
  ['file:/in/a', 'file:', '/in/a'],
])('the split of %s', (file, fsUri, path) => {
  const env = { mapreduce_map_input_file: file, mapreduce_map_input_start: '7', mapreduce_map_input_length: '9' };
  expect(splitOf(env)).toMatchObject({ kind: 'file', fsUri, path, start: 7, length: 9 });
});
