// Tests hdfs debug on a cluster of one DataNode and on local files.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runDebug } from '../../../cli/debug/main.ts';
import { clientFactory } from '../../../cli/dfs/main.ts';
import { MiniCluster } from '../../../cluster/mini-cluster.ts';
import { until } from '../../support/until.ts';
import { runShell } from '../dfs/shell.ts';

// The messages and exit codes were measured with DebugAdmin of Hadoop 3.4.2.
let cluster: MiniCluster;
let dir: string;

beforeAll(async () => {
  dir = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-debug-'));
  cluster = await MiniCluster.start({ datanodes: 1, mapreduce: false, properties: { 'dfs.replication': '1' } });
});

afterAll(async () => {
  await cluster.stop();
  fs.rmSync(dir, { recursive: true });
});

/** Runs a command line. The pause before a second try ends when `pauseEnds` holds. */
async function debug(args: string[], pauseEnds: () => Promise<boolean> = async () => true) {
  const out: string[] = [];
  const err: string[] = [];
  const pauses: number[] = [];
  const status = await runDebug(args, {
    conf: cluster.conf,
    out: (line) => out.push(line),
    err: (line) => err.push(line),
    sleep: async (ms) => {
      pauses.push(ms);
      await until(pauseEnds, 'the end of the pause');
    },
  });
  return { status, out, err, pauses };
}

const file = (name: string): string => path.join(dir, name);

describe('recoverLease', () => {
  test('closes a file that a writer left open', async () => {
    const writer = cluster.fileSystem('gone');
    const root = cluster.fileSystem();
    await root.setPermission('/', 0o777);
    const out = await writer.create('/left');
    await out.write(Buffer.from('kept'));
    await out.hflush();
    await out.abort();
    const { status, out: lines } = await debug(['recoverLease', '-path', '/left', '-retries', '2'], () =>
      root.isFileClosed('/left'),
    );
    expect([status, lines]).toEqual([0, ['recoverLease SUCCEEDED on /left']]);
    const shown = await runShell(['-cat', '/left'], { conf: cluster.conf, factory: clientFactory(cluster.conf) });
    expect(shown.out).toBe('kept');
  });

  test('refuses a missing file and wrong arguments', async () => {
    expect(await debug(['recoverLease', '-path', '/none', '-retries', '3'])).toMatchObject({
      status: 1,
      err: [
        'recoverLease got exception: File does not exist: /none',
        'Giving up on recoverLease for /none after 1 try',
      ],
      pauses: [],
    });
    expect((await debug(['recoverLease', '-retries', '3'])).err).toEqual([
      'You must supply a -path argument to recoverLease.',
    ]);
    expect((await debug(['recoverLease', '-path', '/f', '-retries', 'x'])).err).toEqual([
      'Failed to parse the argument to -retries: java.lang.NumberFormatException: For input string: "x"',
    ]);
    expect((await debug(['recoverLease', '-path', 'file:///tmp'])).err).toEqual([
      'Invalid filesystem for path file:///tmp: needed scheme hdfs, but got: file',
    ]);
    expect(await debug(['recoverLease'])).toMatchObject({ status: 1, err: [] });
  });
});

describe('computeMeta and verifyMeta', () => {
  test('verifyMeta accepts a file that computeMeta wrote', async () => {
    fs.writeFileSync(file('block'), Buffer.alloc(3_000_001, 'meta'));
    expect(await debug(['computeMeta', '-block', file('block'), '-out', file('meta')])).toMatchObject({
      status: 0,
      out: [
        `Checksum calculation succeeded on block file ${file('block')} saved metadata to meta file ${file('meta')}`,
      ],
    });
    expect(await debug(['verifyMeta', '-meta', file('meta'), '-block', file('block')])).toMatchObject({
      status: 0,
      out: [
        'Checksum type: DataChecksum(type=CRC32C, chunkSize=512)',
        `Checksum verification succeeded on block file ${file('block')}`,
      ],
    });
    const bytes = fs.readFileSync(file('block'));
    bytes[2_000_000] = 1;
    fs.writeFileSync(file('bad'), bytes);
    const { status, out } = await debug(['verifyMeta', '-meta', file('meta'), '-block', file('bad')]);
    expect(status).toBe(1);
    expect(out.at(-1)).toMatch(
      /^verifyChunkedSums error: org\.apache\.hadoop\.fs\.ChecksumException: .* at 1999872 exp: /,
    );
  });

  test('each mistake has its exit status', async () => {
    fs.writeFileSync(file('some'), 'x');
    expect((await debug(['computeMeta', '-out', file('o')])).status).toBe(2);
    expect((await debug(['computeMeta', '-block', file('none'), '-out', file('o')])).status).toBe(3);
    // The system can not say whether there is such a file.
    await expect(debug(['computeMeta', '-block', file('x'.repeat(300)), '-out', file('o')])).rejects.toThrow(
      'ENAMETOOLONG',
    );
    expect((await debug(['computeMeta', '-block', file('some')])).status).toBe(4);
    expect((await debug(['computeMeta', '-block', file('some'), '-out', file('some')])).status).toBe(5);
    expect((await debug(['verifyMeta', '-block', file('some')])).status).toBe(1);
    expect((await debug(['verifyMeta', '-meta', file('some')])).status).toBe(1);
  });
});

test('the usage, and the help of one command', async () => {
  expect((await debug([])).out[0]).toBe('Usage: hdfs debug <command> [arguments]');
  expect(await debug(['help', 'recoverLease'])).toMatchObject({
    status: 0,
    out: expect.arrayContaining(['recoverLease -path <path> [-retries <num-retries>]']),
  });
});
