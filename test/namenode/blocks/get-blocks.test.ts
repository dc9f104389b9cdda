// Tests of getBlocks, by which the balancer asks for blocks that it can move.
import { describe, expect, it } from 'vitest';
import { type GetBlocksRequest, getBlocks } from '../../../namenode/blocks/get-blocks.ts';
import { FakeCluster } from '../fake-cluster.ts';
import { datanodeId } from '../harness.ts';

function ask(c: FakeCluster, name: string, given: Partial<GetBlocksRequest> = {}) {
  const request: GetBlocksRequest = {
    datanode: datanodeId(name, c.node(name).ip),
    sizeBytes: 1 << 30,
    minBlockSizeBytes: 0,
    hotTimeMs: 0,
    storageType: undefined,
    ...given,
  };
  return c.read((s, reading, asked: GetBlocksRequest) => getBlocks(s.blockManager, reading, asked), request);
}

describe('NamenodeProtocol.getBlocks', () => {
  it('returns each block of the DataNode once, with all its locations', () => {
    const c = new FakeCluster(['d1', 'd2', 'd3']);
    for (let i = 0; i < 40; i++) c.writeFile(`/f${i}`, 100, 2);
    const mine = [...c.node('d1').replicas.keys()].sort();
    for (let i = 0; i < 5; i++) {
      const blocks = ask(c, 'd1');
      expect(blocks.map((b) => b.block.blockId).sort()).toEqual(mine);
      for (const b of blocks) {
        expect(b.datanodeUuids).toContain('uuid-d1');
        expect(b.datanodeUuids).toHaveLength(2);
        expect(b.storageUuids).toHaveLength(2);
        expect(b.storageTypes).toEqual([1, 1]);
      }
    }
  });

  it('ends at the requested size, leaves out small blocks and other storage types, and begins at a random block', () => {
    const c = new FakeCluster(['d1']);
    for (let i = 0; i < 40; i++) c.writeFile(`/f${i}`, i < 20 ? 10 : 100, 1);
    expect(ask(c, 'd1', { sizeBytes: 250, minBlockSizeBytes: 100 })).toHaveLength(3);
    expect(ask(c, 'd1', { minBlockSizeBytes: 100 })).toHaveLength(20);
    expect(ask(c, 'd1', { storageType: 2 })).toEqual([]);
    const firsts = Array.from({ length: 20 }, () => ask(c, 'd1', { sizeBytes: 1 })[0]?.block.blockId);
    expect(new Set(firsts).size).toBeGreaterThan(3);
  });

  it('returns blocks of recently changed files last, and neither open blocks nor blocks with only corrupt replicas', () => {
    const c = new FakeCluster(['d1']);
    const cold = c.writeFile('/cold', 10, 1);
    c.now += 60_000;
    const hot = c.writeFile('/hot', 10, 1);
    const bad = c.writeFile('/bad', 10, 1);
    c.badBlock('d1', bad.b.blockId, bad.b.generationStamp);
    c.create('/open');
    c.report('d1', c.addBlock('/open').b, 10);
    const ids = ask(c, 'd1', { hotTimeMs: 30_000 }).map((b) => b.block.blockId);
    expect(ids).toEqual([cold.b.blockId, hot.b.blockId]);
  });

  it('refuses a size that is not positive, an unknown DataNode, and safe mode', () => {
    const c = new FakeCluster(['d1']);
    expect(() => ask(c, 'd1', { sizeBytes: 0 })).toThrow(/Unexpected not positive size/);
    const datanode = { datanodeUuid: 'nobody', ipAddr: '1.2.3.4', xferPort: 1 };
    expect(() => ask(c, 'd1', { datanode })).toThrow(
      expect.objectContaining({ name: 'HadoopIllegalArgumentException' }),
    );
    c.apply({ op: 'setSafeMode', action: 'ENTER' });
    expect(() => ask(c, 'd1')).toThrow(expect.objectContaining({ name: 'SafeModeException' }));
  });
});
