// Tells and tests the textbook's story of a write, step by step.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { WRITE_STEPS } from '../../client/dfs/explain.ts';
import type { FileOutput } from '../../client/filesystem/file-system.ts';
import { Cluster } from '../e2e/cluster.ts';
import { readAll } from '../e2e/support.ts';
import { pattern } from '../support/pattern.ts';

/*
 * Each test is one of twelve steps; together they write one file of two blocks, and the client logs each step. Hadoop's
 * architecture guide explains them under "The Communication Protocols" and "Replication Pipelining".
 */
describe('the write process in twelve steps', () => {
  const lines: string[] = [];
  const told = (step: number) => lines.filter((line) => line.startsWith(`write ${step}.`));
  const data = pattern(100_000);
  let cluster: Cluster;
  let fs: ReturnType<Cluster['client']>;
  let out: FileOutput;

  beforeAll(async () => {
    cluster = await Cluster.start(3);
    fs = cluster.client({ explain: (line) => lines.push(line) });
  });
  afterAll(() => cluster.stop());

  it('1. the client calls create() on the DistributedFileSystem', async () => {
    out = await fs.create('/story/file', { replication: 3 });
    expect(told(1)).toEqual([`write 1. ${WRITE_STEPS[1]}: /story/file`]);
  });

  it('2. the NameNode checks that the file may be created and records it, without blocks', async () => {
    expect(told(2)).toHaveLength(1);
    const status = await fs.getFileStatus('/story/file');
    expect(status).toMatchObject({ type: 'FILE', length: 0, replication: 3, permission: 0o644 });
    expect(await fs.getFileBlockLocations('/story/file')).toEqual([]);
    const again = fs.create('/story/file', { overwrite: false });
    await expect(again).rejects.toMatchObject({ code: expect.stringMatching(/AlreadyExists|AlreadyBeingCreated/) });
  });

  it('3. an output stream is returned', () => {
    expect(told(3)).toHaveLength(1);
    expect(out.position).toBe(0);
  });

  it('4. what is written is cut into packets, which wait in the data queue', async () => {
    await out.write(data);
    expect(out.position).toBe(data.length);
    expect(told(4)[0]).toBe(`write 4. ${WRITE_STEPS[4]}: packet 0 of 4096 bytes`);
  });

  it('5. the DataStreamer asks the NameNode for a block and the DataNodes for its replicas', async () => {
    await out.hflush();
    // 100,000 bytes in blocks of 65,536 bytes need two blocks.
    expect(told(5)).toHaveLength(2);
  });

  it('6. the DataNodes form a pipeline', () => {
    const ports = cluster.datanodes.map((d) => String(d.xferAddress.port));
    const pipeline =
      told(6)[0]
        ?.match(/:(\d+)/g)
        ?.map((port) => port.slice(1)) ?? [];
    expect([...pipeline].sort()).toEqual([...ports].sort());
  });

  it('7. the DataStreamer sends packets to the first DataNode', () => {
    expect(told(7)[0]).toContain('packet 0');
  });

  it('8. each DataNode stores a packet and passes it on to the next', async () => {
    // hflush has returned, so all three DataNodes have the bytes, and a new reader sees them.
    expect((await readAll(cluster.client(), '/story/file')).equals(data)).toBe(true);
  });

  it('9. packets sent wait in the ack queue', () => {
    expect(lines.indexOf(told(9)[0] ?? '')).toBeGreaterThan(lines.indexOf(told(7)[0] ?? ''));
  });

  it('10. a packet that every DataNode has acknowledged leaves the ack queue', () => {
    expect(told(10)[0]).toContain('packet 0');
    expect(lines.indexOf(told(10)[0] ?? '')).toBeGreaterThan(lines.indexOf(told(9)[0] ?? ''));
  });

  it('11. close() flushes the rest and waits for the last acknowledgement', async () => {
    await out.close();
    expect(told(11)).toHaveLength(1);
    expect((await fs.getFileStatus('/story/file')).length).toBe(data.length);
  });

  it('12. the NameNode is told that the file is complete', async () => {
    expect(lines.at(-1)).toBe(`write 12. ${WRITE_STEPS[12]}: /story/file`);
    expect(await fs.isFileClosed('/story/file')).toBe(true);
    const blocks = await fs.getFileBlockLocations('/story/file');
    expect(blocks.map((b) => [b.offset, b.length])).toEqual([
      [0, 65536],
      [65536, 34464],
    ]);
  });

  it('the steps came in their order', () => {
    const firsts = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12].map((step) => lines.indexOf(told(step)[0] ?? ''));
    expect(firsts.every((at) => at >= 0)).toBe(true);
    expect([...firsts].sort((a, b) => a - b)).toEqual(firsts);
  });
});
