// The strategies of distcp: UniformSizeInputFormat and DynamicInputFormat of Hadoop.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { LocalFileSystem } from '../../../client/local/local-file-system.ts';
import { Configuration } from '../../../conf/configuration.ts';
import type { FormatContext } from '../../../mapreduce/api/api.ts';
import { chunksLeft, DynamicReader, dynamicSplits, splitRatio } from '../../../mapreduce/distcp/dynamic-chunks.ts';
import { type CopyEntry, ListingWriter, readListing } from '../../../mapreduce/distcp/listing-file.ts';
import { uniformSplits } from '../../../mapreduce/distcp/listing-input.ts';
import type { FileSplit } from '../../../mapreduce/job/input-split.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-distcp-splits-'));
afterAll(() => fs.rmSync(directory, { recursive: true }));
const local = new LocalFileSystem();

async function listingOf(name: string, lengths: readonly number[]): Promise<string> {
  const file = path.join(directory, name, 'fileList');
  fs.mkdirSync(path.dirname(file));
  await using writer = await ListingWriter.create(local, file);
  for (const [i, length] of lengths.entries()) await writer.write({ path: `/ä${i}`, source: `file:/s/ä${i}`, length });
  return file;
}

async function pathsOf(listing: string, split?: FileSplit): Promise<string[]> {
  const range = split && { start: split.start, end: split.start + split.length };
  const paths: string[] = [];
  for await (const { entry } of readListing(local, listing, range)) paths.push(entry.path);
  return paths;
}

it('gives each map about the same bytes, and each path to one map', async () => {
  const listing = await listingOf('uniform', [0, 50, 50, 100, 0, 300]);
  const splits = await uniformSplits(readListing(local, listing), { fsUri: 'file://', path: listing }, 4, 500);
  const runs = await Promise.all(splits.map((split) => pathsOf(listing, split as FileSplit)));
  // A map may have 125 bytes, or one larger file.
  expect(runs).toEqual([['/ä0', '/ä1', '/ä2'], ['/ä3', '/ä4'], ['/ä5']]);
  expect(await uniformSplits(readListing(local, await listingOf('empty', [])), { fsUri: '', path: '' }, 4, 0)).toEqual(
    [],
  );
});

it.each([
  [1, 1000, 1],
  [20, 1000, 5],
  [20, 100, 2],
  [101, 100_000, 2],
])('%i maps and %i paths make %i chunks for each map', (maps, paths, ratio) =>
  expect(splitRatio(maps, paths, { maxIdeal: 100, minRecords: 5, splitRatio: 2 })).toBe(ratio),
);

it('deals the listing out in chunks: a map takes the next one, and its next attempt the one that was left', async () => {
  const listing = await listingOf('dynamic', [1, 2, 3, 4, 5]);
  const properties = {
    'mapreduce.job.maps': '2',
    'mapred.number.of.records': '5',
    'distcp.listing.file.path': listing,
  };
  const conf = jobConfiguration(new Configuration(properties));
  const splits = await dynamicSplits(local, listing, conf);
  expect(splits.map(({ payload }) => payload)).toEqual([{ index: 0 }, { index: 1 }]);
  const context: FormatContext = {
    conf,
    fileSystem: local,
    qualify: (text) => ({ fs: local, path: text, uri: text }),
    counter: () => ({ value: 0, increment: () => undefined }),
  };
  const open = (index: number) =>
    DynamicReader.open({ kind: 'custom', name: '', length: 1, payload: { index } }, context);
  const taken: string[] = [];
  const read = async (reader: DynamicReader): Promise<boolean> => {
    const more = await reader.next();
    if (more) taken.push((reader.value satisfies CopyEntry).path);
    return more;
  };
  const [first, second] = [open(0), open(1)];
  await read(first);
  await read(second);
  await first.close();
  expect(taken).toEqual(['/ä0', '/ä2']);
  expect(await chunksLeft(local, listing)).toBe(3);
  // The second attempt of the first map reads the chunk of the first attempt again, and then takes a free one.
  const again = open(0);
  while (await read(again));
  expect(taken).toEqual(['/ä0', '/ä2', '/ä0', '/ä1', '/ä4']);
  while (await read(second));
  expect(taken.at(-1)).toBe('/ä3');
  expect(await chunksLeft(local, listing)).toBe(0);
});

it('refuses more chunks than distcp.dynamic.max.chunks.tolerable', async () => {
  const properties = { 'mapreduce.job.maps': '300', 'mapred.number.of.records': '9', 'distcp.listing.file.path': '/x' };
  await expect(dynamicSplits(local, '/x', jobConfiguration(new Configuration(properties)))).rejects.toThrow(
    'Too many chunks created with splitRatio:2, numMaps:300',
  );
});
