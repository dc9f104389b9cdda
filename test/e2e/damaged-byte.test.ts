// One damaged byte in any part of a replica: the reader gets the right bytes, and the block gets whole again.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { fileChecksum } from '../../client/read/file-checksum.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { someBytes } from '../datanode/support/blocks.ts';
import { until } from '../support/until.ts';
import { Cluster, put } from './cluster.ts';
import { readAll } from './support.ts';

let cluster: Cluster;
let hdfs: DistributedFileSystem;
beforeAll(async () => {
  cluster = await Cluster.start(3, { 'dfs.namenode.redundancy.interval.seconds': '1' });
  hdfs = cluster.client();
});
afterAll(() => cluster.stop());

const DATA = someBytes(20_000);
interface Files {
  readonly data: string;
  readonly meta: string;
}
/** Flips bits of one byte. */
const flip = (which: keyof Files, at: number, mask: number) => async (files: Files) => {
  const bytes = await fs.readFile(files[which]);
  bytes[at] = (bytes[at] ?? 0) ^ mask;
  await fs.writeFile(files[which], bytes);
};
const DAMAGE: [string, (files: Files) => Promise<void>][] = [
  ['version', flip('meta', 0, 1)],
  ['version, low byte', flip('meta', 1, 0x80)],
  ['type of checksums: none', flip('meta', 2, 2)],
  ['type of checksums: another', flip('meta', 2, 3)],
  ['type of checksums: unknown', flip('meta', 2, 0x40)],
  ['bytesPerChecksum, byte 0', flip('meta', 3, 0x80)],
  ['bytesPerChecksum, byte 1', flip('meta', 4, 1)],
  ['bytesPerChecksum, byte 2', flip('meta', 5, 1)],
  ['bytesPerChecksum, byte 3', flip('meta', 6, 1)],
  ['checksum', flip('meta', 7, 1)],
  ['data', flip('data', 0, 1)],
  ['header cut', ({ meta }) => fs.truncate(meta, 6)],
  ['meta file gone', ({ meta }) => fs.rm(meta)],
];

async function blockOf(file: string) {
  const request = { src: file, offset: 0, length: DATA.length };
  const [block] = (await hdfs.client.call(ClientNamenode.getBlockLocations, request)).locations?.blocks ?? [];
  if (!block) throw new Error(`${file} has no block`);
  return block;
}

/** Returns the files of a block on the DataNode with a port. */
async function filesOn(port: number, blockId: number): Promise<Files> {
  const place = cluster.datanodes.findIndex((d) => d.xferAddress.port === port);
  const names = await fs.readdir(cluster.dataDir(place), { recursive: true });
  const find = (pattern: RegExp): string => {
    const name = names.find((n) => pattern.test(path.basename(n)));
    if (name === undefined) throw new Error(`no ${pattern} on DataNode ${place}`);
    return path.join(cluster.dataDir(place), name);
  };
  return { data: find(new RegExp(`^blk_${blockId}$`)), meta: find(new RegExp(`^blk_${blockId}_\\d+\\.meta$`)) };
}

/** Damages the first of a new file's two replicas. Returns the port of its DataNode. */
async function damagedFile(file: string, damage: (files: Files) => Promise<void>): Promise<number> {
  await put(hdfs, file, DATA, 2);
  await until(async () => (await blockOf(file)).locs.length === 2, 'two replicas');
  const { b, locs } = await blockOf(file);
  const port = locs[0]?.id.xferPort ?? 0;
  await damage(await filesOn(port, b.blockId));
  return port;
}

async function expectWhole(file: string, damagedPort: number): Promise<void> {
  await until(async () => {
    const { locs } = await blockOf(file);
    return locs.length === 2 && locs.every((l) => l.id.xferPort !== damagedPort);
  }, `two good replicas of ${file}`);
  const sound = await blockOf(file);
  for (const { id } of sound.locs) {
    expect((await fs.readFile((await filesOn(id.xferPort, sound.b.blockId)).data)).equals(DATA)).toBe(true);
  }
}

describe.each(DAMAGE)('%s', (what, damage) => {
  const name = what.replaceAll(/\W+/g, '-');

  test('the first reader that meets it gets the right bytes, and the block gets whole again', async () => {
    const port = await damagedFile(`/read-${name}`, damage);
    const warnings: string[] = [];
    const reader = cluster.client({ warn: (w) => warnings.push(w) });
    await until(async () => {
      expect((await readAll(reader, `/read-${name}`)).equals(DATA)).toBe(true);
      return warnings.length > 0;
    }, 'a read that chose the damaged replica');
    await expectWhole(`/read-${name}`, port);
  });

  // A second copy is asked for: if the damaged replica is its source, another one is taken next.
  test('a copy takes the other source, and the block gets whole again', async () => {
    const port = await damagedFile(`/copy-${name}`, damage);
    await hdfs.call(ClientNamenode.setReplication, { src: `/copy-${name}`, replication: 3 });
    await until(async () => {
      // Whichever replica the NameNode has chosen as source: a checksum of the file meets every replica in turn.
      await fileChecksum(hdfs.client, `/copy-${name}`);
      const { locs } = await blockOf(`/copy-${name}`);
      return locs.length === 3 || locs.every((l) => l.id.xferPort !== port);
    }, 'a new replica');
    expect((await readAll(hdfs, `/copy-${name}`)).equals(DATA)).toBe(true);
  });
});
