// Tests of blocks of an unknown future: an old copy of the name directory was put back, or a number was made up.
import { describe, expect, it } from 'vitest';
import { clusterStats } from '../../../namenode/datanodes/stats.ts';
import { Harness, ROOT } from '../harness.ts';

type Located = { b: { blockId: number; generationStamp: number } };

const replicaOf = ({ b }: Located, numBytes: number) => ({ id: b.blockId, genStamp: b.generationStamp, numBytes });
const setSafeMode = (h: Harness, action: 'ENTER' | 'LEAVE' | 'FORCE_EXIT') => h.apply({ op: 'setSafeMode', action });
const bytesInFuture = (h: Harness) => clusterStats(h.state.datanodeManager).bytesInFuture;

/** The ids and stamps of the replicas that the DataNode was ordered to delete since the last call. */
function deletions(h: Harness, name: string): string[] {
  h.drain();
  return h
    .commands(name)
    .flatMap((c) => c.blkCmd?.blocks ?? [])
    .map((b) => `${b.blockId}_${b.genStamp}`);
}

/**
 * Writes /old, copies the store, writes /lost and appends to /old under a new generation stamp, and puts the old copy
 * back. No DataNode has registered with the NameNode of the old copy yet.
 */
function oldCopyRestored(h = new Harness()) {
  h.addDatanode('d1');
  const old = h.writeFile('/old', 10);
  const copy = new Map(h.store);
  const lost = h.writeFile('/lost', 20);
  h.store.clear();
  for (const [key, value] of copy) h.store.set(key, value);
  h.restart();
  return { h, old: replicaOf(old, 10), lost: replicaOf(lost, 20) };
}

// Hadoop: BlockManagerSafeMode.checkBlocksWithFutureGS, leaveSafeMode and getSafeModeTip.
describe('an old copy of the name directory, while safe mode is on', () => {
  it('keeps safe mode on with the reason, and the blocks of the future stay', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old, lost]);
    h.now += 10_000_000;
    h.apply({ op: 'tick' });
    expect(() => h.mkdirs('/d')).toThrow(/blocks with generation stamps in future.* cause loss of 20 byte\(s\)/);
    expect(() => h.mkdirs('/d')).toThrow('"hdfs dfsadmin -safemode forceExit"');
    expect(bytesInFuture(h)).toBe(20);
    expect(deletions(h, 'd1')).toEqual([]);
  });

  it('is not left by -safemode leave, also if an administrator turned safe mode on', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old, lost]);
    expect(setSafeMode(h, 'LEAVE')).toBe(true);
    expect(h.effects.some((e) => e.kind === 'log' && e.message.includes('Refusing to leave safe mode'))).toBe(true);
    expect([setSafeMode(h, 'ENTER'), setSafeMode(h, 'LEAVE')]).toEqual([true, true]);
    expect(h.state.blockManager.safeMode.tip(1, h.now)).toContain('It was turned on manually. Name node detected');
  });

  it('is left by forceExit, after which no number of the lost future is assigned', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old, lost]);
    expect(setSafeMode(h, 'FORCE_EXIT')).toBe(false);
    const counters = JSON.parse(h.store.get('counters') ?? '[]');
    expect(counters.slice(1)).toEqual([lost.id, lost.genStamp]);
    expect(deletions(h, 'd1')).toEqual([]);
    const fresh = h.writeFile('/fresh', 30);
    expect(fresh.b).toMatchObject({ blockId: lost.id + 1, generationStamp: lost.genStamp + 1 });
    h.fullReport('d1', [old, lost, replicaOf(fresh, 30)]);
    expect(deletions(h, 'd1')).toEqual([`${lost.id}_${lost.genStamp}`]);
    expect(bytesInFuture(h)).toBe(0);
  });

  it('counts each replica once, however often and in however many parts it is reported', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    for (let i = 0; i < 3; i++) h.fullReport('d1', [old, lost]);
    const { id } = h.state.blockManager.datanodes.live()[0] ?? expect.fail('d1 is not registered');
    const part = { op: 'blockReport', id, storage: { uuid: 'DS-d1' } } as const;
    h.apply({ ...part, replicas: [{ ...old, state: 0 }], first: true, last: false });
    // Half of a report may not end safe mode.
    h.apply({ op: 'tick' });
    expect([h.state.blockManager.safeMode.isOn, bytesInFuture(h)]).toEqual([true, 20]);
    h.apply({ ...part, replicas: [{ ...lost, state: 0 }], first: false, last: true });
    expect(bytesInFuture(h)).toBe(20);
  });

  it('lets safe mode end when the blocks of the future are gone, and still passes their numbers over', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old, lost]);
    h.fullReport('d1', [old]);
    h.apply({ op: 'tick' });
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    expect(h.writeFile('/fresh', 1).b.blockId).toBe(lost.id + 1);
  });

  it('neither uses nor condemns a replica of a known block whose generation is of the future', () => {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    const appended = { ...old, genStamp: lost.genStamp + 5, numBytes: 15 };
    h.fullReport('d1', [appended]);
    expect(h.state.blockManager.blocks.get(old.id)).toMatchObject({ replicas: [], corrupt: undefined });
    expect([h.state.blockManager.safeMode.isOn, bytesInFuture(h)]).toEqual([true, 15]);
  });
});

describe('a DataNode that comes after the end of safe mode', () => {
  function late() {
    const { h, old, lost } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old]);
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    h.addDatanode('d2', { ip: '10.0.0.2' });
    h.fullReport('d2', [lost]);
    return { h, old, lost };
  }

  it('keeps its blocks of the future, and their numbers are passed over at once, durably', () => {
    const { h, lost } = late();
    expect(deletions(h, 'd2')).toEqual([]);
    expect(bytesInFuture(h)).toBe(20);
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    const durable = h.load().state.hardState.counters;
    expect(durable).toMatchObject({ lastBlockId: lost.id, generationStamp: lost.genStamp });
    expect(h.writeFile('/fresh', 1).b).toMatchObject({ blockId: lost.id + 1, generationStamp: lost.genStamp + 1 });
    h.fullReport('d2', [lost]);
    expect(deletions(h, 'd2')).toEqual([]);
  });

  it('keeps them over a restart too, which does not stay in safe mode for them', () => {
    const { h, old, lost } = late();
    h.restart();
    h.addDatanode('d1');
    h.addDatanode('d2', { ip: '10.0.0.2' });
    h.fullReport('d1', [old]);
    h.fullReport('d2', [lost]);
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    expect([deletions(h, 'd2'), bytesInFuture(h)]).toEqual([[], 20]);
  });

  it('keeps the stamps of the future of a deleted block too', () => {
    const { h, old, lost } = late();
    h.apply({ op: 'delete', caller: ROOT, path: '/old', recursive: false });
    h.fullReport('d2', [lost, { ...old, genStamp: lost.genStamp }]);
    expect(deletions(h, 'd2')).toEqual([]);
  });

  it('deletes them once an administrator has given them up', () => {
    const { h, lost } = late();
    expect(setSafeMode(h, 'FORCE_EXIT')).toBe(false);
    expect(bytesInFuture(h)).toBe(0);
    h.fullReport('d2', [lost]);
    expect(deletions(h, 'd2')).toEqual([`${lost.id}_${lost.genStamp}`]);
    expect(h.load().state.hardState.counters.lostBlockIds).toEqual([]);
  });

  it('does not stop an administrator who turns safe mode on and off', () => {
    const { h } = late();
    expect([setSafeMode(h, 'ENTER'), setSafeMode(h, 'LEAVE')]).toEqual([true, false]);
  });
});

describe('numbers that were made up', () => {
  it('beyond 2^52 move no counter, keep no safe mode on, and are named; their replicas are left alone', () => {
    const { h, old } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old, { id: 2 ** 63, genStamp: 1001, numBytes: 1 }, { ...old, genStamp: 2 ** 60 }]);
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    const warnings = h.effects.flatMap((e) => (e.kind === 'log' && e.level === 'warn' ? [e.message] : []));
    expect(warnings.filter((m) => m.includes('a number that no NameNode assigns'))).toHaveLength(2);
    expect(h.writeFile('/fresh', 1).b.blockId).toBe(old.id + 1);
    expect(deletions(h, 'd1')).toEqual([]);
  });

  it('up to 2^52 are passed over, and 2^52 numbers are left', () => {
    const h = new Harness();
    h.addDatanode('d1');
    h.report('d1', { blockId: 2 ** 52, generationStamp: 2 ** 52 }, 1);
    const { b } = h.writeFile('/f', 1);
    expect(b).toMatchObject({ blockId: 2 ** 52 + 1, generationStamp: 2 ** 52 + 1 });
    expect(Number.isSafeInteger(b.blockId + 2 ** 51)).toBe(true);
    h.report('d1', { blockId: 2 ** 52 + 1000, generationStamp: 1001 }, 1);
    expect(h.writeFile('/g', 1).b.blockId).toBe(2 ** 52 + 2);
  });

  it('are not taken from a client that rebuilt a pipeline', () => {
    const h = new Harness();
    h.addDatanode('d1');
    h.create('/f');
    const oldBlock = h.blockOf(h.addBlock('/f'), 1);
    const newBlock = { ...oldBlock, generationStamp: oldBlock.generationStamp + 1 };
    const update = { op: 'updatePipeline', clientName: 'client', oldBlock, newBlock } as const;
    const targets = { datanodeUuids: ['uuid-d1'], storageUuids: ['DS-d1'] };
    expect(() => h.apply({ ...update, ...targets })).toThrow('was never assigned');
    h.apply({ op: 'updateBlockForPipeline', block: oldBlock, clientName: 'client' });
    h.apply({ ...update, ...targets });
    expect(h.state.blockManager.blocks.get(oldBlock.blockId)?.genStamp).toBe(newBlock.generationStamp);
  });
});

// A rule of our own: Hadoop does not know that its name directory was put back before a DataNode reports.
describe('a name directory that is known to be a copy', () => {
  it('waits in safe mode for the report of every DataNode that is there', () => {
    const { h, old, lost } = oldCopyRestored();
    h.apply({ op: 'noteCopy' });
    h.addDatanode('d1');
    h.addDatanode('d2');
    h.fullReport('d1', [old]);
    h.now += 60_000;
    h.apply({ op: 'tick' });
    expect(h.state.blockManager.safeMode.isOn).toBe(true);
    h.fullReport('d2', [lost]);
    h.now += 60_000;
    h.apply({ op: 'tick' });
    expect(h.state.blockManager.safeMode.tip(1, h.now)).toContain('blocks with generation stamps in future');
  });

  it('assigns none of the next million numbers, and leaves a late replica with one of them alone', () => {
    const { h, old, lost } = oldCopyRestored();
    h.apply({ op: 'noteCopy' });
    h.addDatanode('d1');
    h.fullReport('d1', [old]);
    h.now += 60_000;
    h.apply({ op: 'tick' });
    expect(h.effects.some(({ kind }) => kind === 'placeIsKnown')).toBe(true);
    const fresh = h.writeFile('/fresh', 30);
    expect(fresh.b.blockId).toBe(old.id + 1_000_001);
    expect(fresh.b.generationStamp).toBe(old.genStamp + 1_000_001);
    h.restart();
    h.addDatanode('d1');
    h.fullReport('d1', [old, lost, replicaOf(fresh, 30)]);
    expect(deletions(h, 'd1')).toEqual([]);
    expect(bytesInFuture(h)).toBe(20);
    expect(h.writeFile('/next', 10).b.blockId).toBe(fresh.b.blockId + 1);
  });

  it('assigns none of the next million numbers from then on, if a DataNode tells of it after safe mode', () => {
    const { h, old } = oldCopyRestored();
    h.addDatanode('d1');
    h.fullReport('d1', [old]);
    h.now += 60_000;
    h.apply({ op: 'tick' });
    const { safeMode } = h.state.blockManager;
    expect(safeMode.isOn).toBe(false);
    h.apply({ op: 'noteCopy' });
    expect(safeMode.isOn).toBe(false);
    expect(h.writeFile('/fresh', 30).b.blockId).toBe(old.id + 1_000_001);
  });
});
