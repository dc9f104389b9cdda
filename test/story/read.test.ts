// Tells and tests the textbook's story of a read, step by step.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { READ_STEPS } from '../../client/dfs/explain.ts';
import type { FileInput } from '../../client/filesystem/file-system.ts';
import { Cluster, writeFile } from '../e2e/cluster.ts';
import { pattern } from '../support/pattern.ts';

// Reads a file of two blocks with three replicas each.
describe('the read process in seven steps', () => {
  const lines: string[] = [];
  const told = (step: number) => lines.filter((line) => line.startsWith(`read ${step}.`));
  const data = pattern(100_000);
  let cluster: Cluster;
  let input: FileInput;
  let chunks: AsyncIterator<Uint8Array>;
  const received: Uint8Array[] = [];

  beforeAll(async () => {
    cluster = await Cluster.start(3);
    await writeFile(cluster.client(), '/story/file', data);
  });
  afterAll(() => cluster.stop());

  it('1. the client calls open() on the DistributedFileSystem', async () => {
    input = await cluster.client({ explain: (line) => lines.push(line) }).open('/story/file');
    expect(told(1)).toEqual([`read 1. ${READ_STEPS[1]}: /story/file`]);
  });

  it('2. the NameNode is asked over RPC where the blocks are', () => {
    expect(told(2)).toHaveLength(1);
  });

  it('3. it answers with the DataNodes of each block, nearest first', () => {
    expect(told(3)[0]).toContain('100000 bytes, 2 blocks located');
    expect(input.length).toBe(data.length);
  });

  it('4. an input stream is returned; its first read connects to the nearest DataNode', async () => {
    expect(told(4)).toHaveLength(0);
    chunks = input.stream()[Symbol.asyncIterator]();
    received.push((await chunks.next()).value);
    expect(told(4)).toHaveLength(1);
  });

  it('5. packets stream from the DataNode, checksums are verified', () => {
    expect(told(5)).toHaveLength(1);
    expect(Buffer.from(received[0] ?? []).equals(data.subarray(0, received[0]?.length))).toBe(true);
  });

  it("6. at the block's end the next block's nearest DataNode is looked up", async () => {
    for (let next = await chunks.next(); !next.done; next = await chunks.next()) received.push(next.value);
    expect(told(6)).toHaveLength(1);
    expect(Buffer.concat(received).equals(data)).toBe(true);
  });

  it('7. the client calls close()', async () => {
    await input.close();
    expect(lines.at(-1)).toBe(`read 7. ${READ_STEPS[7]}: /story/file`);
    await expect(input.pread(0, 1)).rejects.toThrow('Stream closed');
  });
});
