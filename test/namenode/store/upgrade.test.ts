// Tests of the upgrade from layout 2: a store that the released layout wrote, with batches that only its journal has.
import fs from 'node:fs/promises';
import path from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { NamespaceStore } from '../../../namenode/store/store.ts';
import { crc } from '../../../protocol/checksum/crc.ts';
import { nameNodeBench } from '../namenode-bench.ts';

const bench = nameNodeBench();
const nameDir = () => path.join(bench.dir, 'name');
const store = () => path.join(nameDir(), 'current', 'store');

beforeEach(async () => {
  const text = await fs.readFile(path.join(import.meta.dirname, 'fixtures/layout-2.json'), 'utf8');
  for (const [name, base64] of Object.entries(JSON.parse(text) as Record<string, string>)) {
    const file = path.join(nameDir(), name);
    await fs.mkdir(path.dirname(file), { recursive: true });
    await fs.writeFile(file, Buffer.from(base64, 'base64'));
  }
});

async function contents(): Promise<{ entries: Record<string, string>; epoch: number; calls: number[] }> {
  const entries: Record<string, string> = {};
  const opened = await NamespaceStore.open(store(), {}, (key, value) => {
    entries[key] = value;
  });
  const calls = opened.takeRestoredCalls().map((call) => call.callId);
  await opened.close();
  return { entries, epoch: opened.epoch, calls };
}

const version = () => fs.readFile(path.join(nameDir(), 'current', 'VERSION'), 'utf8');

describe('a store of layout 2', () => {
  it('is upgraded by itself when the NameNode starts, with what its journal has', async () => {
    const namenode = await bench.start();
    expect(namenode.identity).toEqual({
      namespaceId: 55580647,
      clusterId: 'CID-00000000-0000-4000-8000-000000000000',
      blockPoolId: 'BP-366726458-127.0.0.1-1767225600000',
      cTime: 1767225600000,
    });
    await namenode.stop();
    expect(await version()).toContain('calfLayoutVersion=3\n');
    expect(await fs.readdir(nameDir())).toEqual(['current']);
    const { entries, epoch, calls } = await contents();
    expect(epoch).toBe(2);
    expect(calls).toEqual([5]);
    const names = Object.entries(entries)
      .filter(([key]) => key.startsWith('inode/'))
      .map(([, value]) => (JSON.parse(value) as { n: string }).n);
    expect(names.sort()).toEqual(['', 'a', 'journaled-ä€', 'old']);
    expect(Object.keys(entries).filter((key) => key.startsWith('block/'))).toHaveLength(2);
    expect(entries.counters).toBe('[16389,1073741827,1002]');
  });

  it('is upgraded when an upgrade was cut short, whether the new store was complete or not', async () => {
    await fs.mkdir(path.join(nameDir(), 'current.new', 'store'), { recursive: true });
    await (await bench.start()).stop();
    expect(await version()).toContain('calfLayoutVersion=3\n');
    // As if the loss of power had come between the two renames.
    await fs.rename(path.join(nameDir(), 'current'), path.join(nameDir(), 'current.new'));
    await fs.mkdir(path.join(nameDir(), 'current.removed'));
    await (await bench.start()).stop();
    expect((await contents()).calls).toEqual([5]);
  });

  it('is upgraded although a client id poisoned its journal, by which layout 2 refused every later start', async () => {
    const file = path.join(store(), 'edits-0');
    const bytes = await fs.readFile(file);
    // 4 B length, 4 B CRC32C of the number 5, 6 B number: an empty record with the number after the last one.
    Buffer.from('0000000a', 'hex').copy(bytes, 2000);
    bytes.writeInt32BE(crc('CRC32C', Buffer.from('000000000063', 'hex')), 2004);
    Buffer.from('000000000063', 'hex').copy(bytes, 2008);
    await fs.writeFile(file, bytes);
    await (await bench.start()).stop();
    expect((await contents()).calls).toEqual([5]);
  });

  it('that is damaged is refused and stays as it is', async () => {
    const file = path.join(store(), 'edits-0');
    const bytes = await fs.readFile(file);
    bytes[20] = (bytes[20] ?? 0) ^ 1;
    await fs.writeFile(file, bytes);
    await expect(bench.start()).rejects.toThrow(/is damaged: the edits have batch \d+, but not \d+/);
    expect(await version()).toContain('calfLayoutVersion=2\n');
  });
});
