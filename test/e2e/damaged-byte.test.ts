// One damaged byte in any part of a replica: the reader gets the right bytes, and the block gets whole again. Every byte of a
// block file and of a meta file is tried.
import fs from 'node:fs/promises';
import path from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { fileChecksum } from '../../client/read/file-checksum.ts';
import { DataTransferThrottler } from '../../datanode/context/data-transfer-throttler.ts';
import { BlockStore } from '../../datanode/replicas/block-store.ts';
import { CorruptReplica } from '../../datanode/replicas/corrupt-replica.ts';
import { verifyReplica } from '../../datanode/scanners/replica-verifier.ts';
import { blockChecksum } from '../../datanode/transfer/block-checksum.ts';
import { DataChecksum } from '../../protocol/checksum/checksum.ts';
import { DataConnection } from '../../protocol/datatransfer/data-connection.ts';
import { Op } from '../../protocol/datatransfer/data-transfer.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import {
  BlockOpResponseProto,
  OpBlockChecksumProto,
  OpTransferBlockProto,
  Status,
  StorageTypeProto,
} from '../../protocol/gen/messages.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { useTestBench } from '../datanode/support/bench.ts';
import { BLOCK_ID, extendedBlock, someBytes } from '../datanode/support/blocks.ts';
import { infoOf } from '../datanode/support/datanodes.ts';
import { FINALIZED_DIRECTORY } from '../datanode/support/files.ts';
import { readBlock } from '../datanode/support/reader.ts';
import { writeWhole } from '../datanode/support/writer.ts';
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
/** The bits of a byte that are flipped, one of these for each byte in turn: the lowest, the highest, all. */
const MASKS = [0x01, 0x80, 0xff];
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

// The shapes of a replica: with several chunks, the last of them partial; with one chunk, partial or whole; and empty.
describe.each([
  ['several chunks', 40, 16],
  ['whole chunks', 32, 16],
  ['one partial chunk', 10, 16],
  ['one whole chunk', 16, 16],
  ['one chunk of the usual size', 20, 512],
  ['no chunk', 0, 512],
])('every byte of a replica with %s', (_shape, length, bytesPerChecksum) => {
  const bench = useTestBench();
  afterEach(() => {
    vi.restoreAllMocks();
  });
  const data = someBytes(length);
  const checksum = new DataChecksum('CRC32C', bytesPerChecksum);

  /** Writes the replica. Returns the DataNode's store, and each single damage of a byte: it lasts until the next one. */
  async function written() {
    const open = BlockStore.open.bind(BlockStore);
    const stores: BlockStore[] = [];
    vi.spyOn(BlockStore, 'open').mockImplementation(async (options) => {
      const store = await open(options);
      stores.push(store);
      return store;
    });
    const datanode = await bench.start('a', { 'dfs.datanode.scan.period.hours': '-1' });
    await writeWhole(infoOf(datanode), data, { checksum });
    const name = (file: string) => bench.pool('a', ...FINALIZED_DIRECTORY, file);
    const files = { block: name(`blk_${BLOCK_ID}`), meta: name(`blk_${BLOCK_ID}_1001.meta`) };
    async function* damages(): AsyncGenerator<string> {
      for (const [kind, file] of Object.entries(files)) {
        const whole = await fs.readFile(file);
        expect(whole.length).toBe(kind === 'block' ? length : 7 + 4 * Math.ceil(length / bytesPerChecksum));
        for (let at = 0; at < whole.length; at++) {
          const mask = MASKS[at % MASKS.length] ?? 0xff;
          const damaged = Buffer.from(whole);
          damaged[at] = (damaged[at] ?? 0) ^ mask;
          await fs.writeFile(file, damaged);
          yield `byte ${at} of the ${kind} file, mask ${mask}`;
        }
        await fs.writeFile(file, whole);
      }
    }
    const [store] = stores;
    if (store === undefined) throw new Error('no store was opened');
    return { datanode, store, damages };
  }

  test('is found by the block scanner', async () => {
    const { store, damages } = await written();
    const scan = () => verifyReplica(store.get(extendedBlock()), new DataTransferThrottler(1e9, systemClock));
    for await (const damage of damages()) expect(await scan(), damage).toMatchObject({ kind: 'corrupt' });
    expect(await scan()).toEqual({ kind: 'intact' });
  });

  test('is found by the first reader: the read is refused, or the checksums do not fit', async () => {
    const { datanode, damages } = await written();
    const read = async () => {
      const { response, data: bytes, checksums } = await readBlock(infoOf(datanode), extendedBlock(), 0, length);
      const sum = response.readOpChecksumInfo?.checksum;
      if (response.status !== Status.SUCCESS || !sum) return response.message;
      try {
        DataChecksum.fromProto(sum).verify(bytes, checksums, 0, 'block');
        return 'whole';
      } catch (e) {
        return String(e);
      }
    };
    for await (const damage of damages()) {
      expect(await read(), damage).toMatch(/CorruptMetaHeaderException|Checksum error|ChecksumException/);
    }
    expect(await read()).toBe('whole');
  });

  test('is found by a copy, whose source is reported', async () => {
    const { datanode, damages } = await written();
    const target = await bench.start('b');
    const copy = async (): Promise<Status> => {
      const { host, port } = datanode.xferAddress;
      const connection = await DataConnection.connect({ host, port, timeoutMs: 10_000 });
      try {
        await connection.sendOp(Op.TRANSFER_BLOCK, OpTransferBlockProto, {
          header: { baseHeader: { block: extendedBlock() }, clientName: 'client' },
          targets: [infoOf(target)],
          targetStorageTypes: [StorageTypeProto.DISK],
          targetStorageIds: [''],
        });
        return (await connection.receiveMessage(BlockOpResponseProto)).status;
      } finally {
        connection.destroy();
      }
    };
    for await (const damage of damages()) {
      bench.namenode.badBlocks.splice(0);
      expect(await copy(), damage).not.toBe(Status.SUCCESS);
      await until(() => bench.namenode.badBlocks.length > 0, `a report: ${damage}`);
    }
    expect(await copy()).toBe(Status.SUCCESS);
  }, 60_000);

  test('is found by BLOCK_CHECKSUM, which gives no wrong answer', async () => {
    const { store, damages } = await written();
    const request = OpBlockChecksumProto.decode(OpBlockChecksumProto.encode({ header: { block: extendedBlock() } }));
    const before = await blockChecksum(store, request);
    for await (const damage of damages()) {
      await expect(blockChecksum(store, request), damage).rejects.toBeInstanceOf(CorruptReplica);
    }
    expect(await blockChecksum(store, request)).toEqual(before);
  });
});
