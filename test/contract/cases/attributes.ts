// Cases for attributes, summaries and checksums: Hadoop's AbstractContractSetTimesTest,
// AbstractContractContentSummaryTest, and FileSystem.
import assert from 'node:assert/strict';
import type { ContractCase } from '../ground.ts';

export const ATTRIBUTES: readonly ContractCase[] = [
  {
    name: 'setTimes: both times',
    run: async (t) => {
      await t.write('f', 'x');
      await t.fs.setTimes(t.at('f'), 1_000_000_000_000, 1_100_000_000_000);
      const { modificationTimeMs, accessTimeMs } = await t.status('f');
      assert.deepEqual([modificationTimeMs, accessTimeMs], [1_000_000_000_000, 1_100_000_000_000]);
    },
  },
  {
    name: 'setTimes: -1 leaves a time as it is',
    run: async (t) => {
      await t.write('f', 'x');
      await t.fs.setTimes(t.at('f'), 1_000_000_000_000, 1_100_000_000_000);
      await t.fs.setTimes(t.at('f'), 1_200_000_000_000, -1);
      await t.fs.setTimes(t.at('f'), -1, 1_300_000_000_000);
      const { modificationTimeMs, accessTimeMs } = await t.status('f');
      assert.deepEqual([modificationTimeMs, accessTimeMs], [1_200_000_000_000, 1_300_000_000_000]);
    },
  },
  {
    name: 'setTimes: a missing file is an error',
    run: (t) => t.refused(t.fs.setTimes(t.at('none'), 1000, 1000), 'FileNotFoundException'),
  },
  {
    name: 'setPermission: of a file, without the umask',
    run: async (t) => {
      await t.write('f', 'x');
      await t.fs.setPermission(t.at('f'), 0o777);
      assert.equal((await t.status('f')).permission, 0o777);
      await t.fs.setPermission(t.at('f'), 0o600);
      assert.equal((await t.status('f')).permission, 0o600);
    },
  },
  {
    name: 'setPermission: a directory takes the sticky bit',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      await t.fs.setPermission(t.at('d'), 0o1777);
      assert.equal((await t.status('d')).permission, 0o1777);
    },
  },
  {
    name: 'setPermission: a missing file is an error',
    run: (t) => t.refused(t.fs.setPermission(t.at('none'), 0o600), 'FileNotFoundException'),
  },
  {
    name: 'setOwner: a superuser gives a file to any name',
    run: async (t) => {
      await t.write('f', 'x');
      await t.fs.setOwner(t.at('f'), 'no-such-user', 'no-such-group');
      const { owner, group } = await t.status('f');
      assert.deepEqual([owner, group], ['no-such-user', 'no-such-group']);
    },
  },
  {
    name: 'setOwner: a missing file is an error',
    run: (t) => t.refused(t.fs.setOwner(t.at('none'), t.fs.user, undefined), 'FileNotFoundException'),
  },
  {
    name: 'setReplication: of a file',
    run: async (t) => {
      await t.write('f', 'x');
      assert.equal(await t.fs.setReplication(t.at('f'), 2), true);
      assert.equal((await t.status('f')).replication, 2);
    },
  },
  {
    name: 'setReplication: false for a directory and for a missing file',
    run: async (t) => {
      await t.fs.mkdirs(t.at('d'));
      assert.equal(await t.fs.setReplication(t.at('d'), 2), false);
      assert.equal(await t.fs.setReplication(t.at('none'), 2), false);
    },
  },
  {
    name: 'getContentSummary: a directory counts itself, its directories and its files',
    run: async (t) => {
      await t.write('d/a', 'abc');
      await t.write('d/e/b', 'defgh');
      await t.fs.mkdirs(t.at('d/g'));
      const { length, fileCount, directoryCount, quota, spaceQuota } = await t.fs.getContentSummary(t.at('d'));
      assert.deepEqual([length, fileCount, directoryCount, quota, spaceQuota], [8, 2, 3, -1, -1]);
    },
  },
  {
    name: 'getContentSummary: a file is one file, and its replicas take space',
    run: async (t) => {
      const out = await t.fs.create(t.at('f'), { replication: 2 });
      await out.write(Buffer.from('abc'));
      await out.close();
      const { length, fileCount, directoryCount, spaceConsumed } = await t.fs.getContentSummary(t.at('f'));
      assert.deepEqual([length, fileCount, directoryCount, spaceConsumed], [3, 1, 0, 6]);
    },
  },
  {
    name: 'getContentSummary: a missing path is an error',
    run: (t) => t.refused(t.fs.getContentSummary(t.at('none')), 'FileNotFoundException'),
  },
  {
    name: 'getFileChecksum: the same bytes have the same checksum, others another',
    run: async (t) => {
      for (const [name, text] of [
        ['a', 'abc'],
        ['b', 'abc'],
        ['c', 'abd'],
      ] as const) {
        await t.write(name, text);
      }
      const hex = async (name: string): Promise<string> => {
        const checksum = await t.fs.getFileChecksum(t.at(name));
        return `${checksum?.algorithm} ${Buffer.from(checksum?.bytes ?? []).toString('hex')}`;
      };
      assert.match(await hex('a'), /^MD5-of-0MD5-of-512CRC32C [0-9a-f]+$/);
      assert.equal(await hex('a'), await hex('b'));
      assert.notEqual(await hex('a'), await hex('c'));
    },
  },
  {
    name: 'getFileChecksum: a missing file is an error',
    run: (t) => t.refused(t.fs.getFileChecksum(t.at('none')), 'FileNotFoundException'),
  },
  {
    name: 'getStatus: used and remaining space are within the capacity',
    run: async (t) => {
      const { capacityBytes, usedBytes, remainingBytes } = await t.fs.getStatus();
      assert.ok(capacityBytes > 0 && usedBytes >= 0 && remainingBytes > 0, `${capacityBytes} ${usedBytes}`);
      assert.ok(usedBytes + remainingBytes <= capacityBytes, `${usedBytes} + ${remainingBytes} <= ${capacityBytes}`);
    },
  },
];
