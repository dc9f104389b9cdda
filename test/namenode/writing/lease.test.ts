// Tests of leases: limits, renewal and recovery.
import { describe, expect, it } from 'vitest';
import { LEASE_SOFT_LIMIT_MS } from '../../../namenode/namespace/lease-manager.ts';
import { getFileInfo, isFileClosed } from '../../../namenode/namespace/stat-and-listing.ts';
import { Harness, ROOT } from '../harness.ts';

const HARD_LIMIT_MS = 1_200_000;
/** The time after which a recovery starts again (BlockManager.getBlockRecoveryTimeout): 30 heartbeats. */
const RECOVERY_TIMEOUT_MS = 90_000;

const closed = (h: Harness, path = '/f') => h.read(isFileClosed, { caller: ROOT, path });

/** Opens a file with one block in the pipeline d1. `pass` lets time pass while DataNodes send heartbeats. */
function openFile(): { h: Harness; block: ReturnType<Harness['blockOf']>; pass: (ms: number) => void } {
  const h = new Harness();
  h.addDatanode('d1');
  h.create('/f', { clientName: 'c1' });
  const block = h.blockOf(h.addBlock('/f', undefined, 'c1'), 0);
  const pass = (ms: number) => {
    h.now += ms;
    h.heartbeat('d1');
    h.apply({ op: 'tick' });
  };
  return { h, block, pass };
}

function recovery(h: Harness) {
  return h.commands('d1').flatMap((c) => c.recoveryCmd?.blocks ?? []);
}

function synchronize(h: Harness, blockId: number, newGenStamp: number, newLength: number) {
  const targets = [{ datanodeUuid: 'uuid-d1', storageUuid: 'DS-d1' }];
  h.apply({
    op: 'commitBlockSynchronization',
    blockId,
    blockName: 'b',
    newGenStamp,
    newLength,
    closeFile: true,
    deleteBlock: false,
    targets,
  });
}

describe('leases', () => {
  it('keep others away until the soft limit', () => {
    const { h } = openFile();
    expect(() => h.create('/f', { clientName: 'c1' })).toThrow(
      'Failed to CREATE_FILE /f for c1 on 10.0.0.1 because c1 is already the current lease holder.',
    );
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow(
      'Failed to CREATE_FILE /f for c2 on 10.0.0.1 because this file lease is currently owned by c1 on 10.0.0.1',
    );
    h.now += LEASE_SOFT_LIMIT_MS + 1;
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow('lease recovery is in progress. Try again later.');
    // The recovery renews the lease, so a second attempt does not begin another recovery.
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow(
      'because another recovery is in progress by c1 on 10.0.0.1',
    );
  });

  it('are renewed for all files of their holder', () => {
    const { h } = openFile();
    h.now += LEASE_SOFT_LIMIT_MS;
    h.apply({ op: 'renewLease', clientName: 'c1' });
    h.now += LEASE_SOFT_LIMIT_MS;
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow('is currently owned by c1');
  });

  it('that expired at the soft limit leave an empty file closed, for another client that creates it', () => {
    const h = new Harness();
    h.create('/f', { clientName: 'c1' });
    h.now += LEASE_SOFT_LIMIT_MS + 1;
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow('/f for client 10.0.0.1 already exists');
    expect(closed(h)).toBe(true);
  });

  it('end at the hard limit: the last block is recovered by a DataNode of its pipeline, the file closed', () => {
    const { h, block, pass } = openFile();
    h.report('d1', block, 0, 1);
    pass(HARD_LIMIT_MS + 1);
    const [recovering] = recovery(h);
    expect(recovering).toMatchObject({ newGenStamp: 1002, block: { locs: [{ id: { hostName: 'd1' } }] } });
    expect(() => h.addBlock('/f', block, 'c1')).toThrow('Client (=c1) is not the lease owner (=HDFS_NameNode');
    expect(() => synchronize(h, block.blockId, 1009, 50)).toThrow('does not match current recovery id 1002');
    synchronize(h, block.blockId, 1002, 50);
    expect(closed(h)).toBe(true);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f' })?.length).toBe(50);
    h.restart();
    expect([closed(h), h.state.namespace.leases.openFileCount]).toEqual([true, 0]);
  });

  it('are recovered again under a new generation when no result of the recovery arrives', () => {
    const { h, pass } = openFile();
    pass(HARD_LIMIT_MS + 1);
    expect(recovery(h).map((r) => r.newGenStamp)).toEqual([1002]);
    pass(RECOVERY_TIMEOUT_MS - 1000);
    expect(recovery(h)).toEqual([]);
    pass(1001);
    expect(recovery(h).map((r) => r.newGenStamp)).toEqual([1003]);
  });

  it('leave the last block to recovery when its pipeline was rebuilt just before a restart', () => {
    const { h, block } = openFile();
    h.apply({ op: 'updateBlockForPipeline', block, clientName: 'c1' });
    h.restart();
    h.addDatanode('d1');
    h.report('d1', { ...block, generationStamp: 1002 }, 7, 1);
    expect(h.apply({ op: 'recoverLease', caller: ROOT, path: '/f', clientName: 'c2' })).toBe(false);
    expect(recovery(h)).toMatchObject([{ newGenStamp: 1003 }]);
  });

  it('are not released by a recovery in safe mode', () => {
    const { h, block } = openFile();
    h.apply({ op: 'recoverLease', caller: ROOT, path: '/f', clientName: 'c2' });
    h.apply({ op: 'setSafeMode', action: 'ENTER' });
    expect(() => synchronize(h, block.blockId, 1002, 5)).toThrow(
      'Cannot commitBlockSynchronization while in safe mode',
    );
  });

  it('are taken at once by recoverLease', () => {
    const { h, block } = openFile();
    const recover = () => h.apply({ op: 'recoverLease', caller: ROOT, path: '/f', clientName: 'c2' });
    expect(recover()).toBe(false);
    synchronize(h, block.blockId, 1002, 10);
    expect(recover()).toBe(true);
  });

  it('survive a restart with the file, and their time then begins anew', () => {
    const { h } = openFile();
    h.now += LEASE_SOFT_LIMIT_MS + 1;
    h.restart();
    expect(h.state.namespace.leases.ofHolder('c1')).toMatchObject({ holder: 'c1', lastUpdateMs: h.now });
    expect(() => h.create('/f', { clientName: 'c2' })).toThrow('is currently owned by c1');
  });
});
