// Tests of safe mode.
import { describe, expect, it } from 'vitest';
import { SafeMode } from '../../../namenode/blocks/safe-mode.ts';
import { getBlockLocations } from '../../../namenode/namespace/stat-and-listing.ts';
import { datanodeId, Harness, ROOT } from '../harness.ts';

const CONFIG = { thresholdPct: 0.999, minDatanodes: 0, extensionMs: 0 };

describe('safe mode', () => {
  it('is over at once when there are no blocks', () => {
    const h = new Harness();
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    h.mkdirs('/d');
    h.restart();
    expect(h.mkdirs('/e')).toBe(true);
  });

  it('lasts after a restart until the blocks are reported, and not a moment longer', () => {
    const h = new Harness();
    h.addDatanode('d1');
    h.writeFile('/f', 10);
    h.writeFile('/g', 20);
    h.restart();
    expect(() => h.mkdirs('/d')).toThrow(
      'Cannot create directory /d. Name node is in safe mode.\n' +
        'The reported blocks 0 needs additional 1 blocks to reach the threshold 0.9990 of total blocks 2.\n' +
        'The minimum number of live datanodes is not required. Safe mode will be turned off automatically once the ' +
        'thresholds have been reached. NamenodeHostName:nn.example',
    );
    const read = () => h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 1 });
    expect(read).toThrow('Zero blocklocations for /f. Name node is in safe mode.');
    h.apply({ op: 'registerDatanode', id: datanodeId('d1'), softwareVersion: '3.4.2' });
    expect(h.state.blockManager.safeMode.isOn).toBe(true);
    h.fullReport('d1', [
      { id: 1073741825, genStamp: 1001, numBytes: 10 },
      { id: 1073741826, genStamp: 1002, numBytes: 20 },
    ]);
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    expect(read().locations.blocks).toHaveLength(1);
    expect(h.mkdirs('/d')).toBe(true);
  });

  it('does not order copies or deletions before it is over', () => {
    const h = new Harness();
    h.addDatanode('d1');
    h.writeFile('/f', 10);
    h.apply({ op: 'setReplication', caller: ROOT, path: '/f', replication: 2 });
    h.writeFile('/g', 10);
    h.restart();
    h.addDatanode('d1');
    h.fullReport('d1', [{ id: 1073741825, genStamp: 1001, numBytes: 10 }]);
    expect(h.state.blockManager.redundancy.lowRedundancyCount).toBe(0);
    h.report('d1', { blockId: 1073741826, generationStamp: 1002 }, 10);
    h.drain();
    expect(h.state.blockManager.redundancy.lowRedundancyCount).toBe(1);
  });

  it('obeys the superuser', () => {
    const h = new Harness();
    const set = (action: 'ENTER' | 'LEAVE' | 'GET' | 'FORCE_EXIT') => h.apply({ op: 'setSafeMode', action });
    expect([set('GET'), set('ENTER'), set('GET')]).toEqual([false, true, true]);
    expect(() => h.create('/f')).toThrow(
      'Cannot create file/f. Name node is in safe mode.\n' +
        'It was turned on manually. Use "hdfs dfsadmin -safemode leave" to turn safe mode off.',
    );
    h.now += 10_000_000;
    h.apply({ op: 'tick' });
    expect([set('GET'), set('LEAVE'), set('GET')]).toEqual([true, false, false]);
  });

  it('waits for the DataNodes and for the extension that are asked for', () => {
    const safeMode = new SafeMode({ ...CONFIG, minDatanodes: 1, extensionMs: 5000 });
    expect(safeMode.maybeLeave(0, 0)).toBe(false);
    expect(safeMode.tip(0, 0)).toContain('The number of live datanodes 0 needs an additional 1 live datanodes');
    expect(safeMode.maybeLeave(1, 1000)).toBe(false);
    expect(safeMode.tip(1, 3000)).toContain('Safe mode will be turned off automatically in 3 seconds.');
    expect(safeMode.maybeLeave(0, 4000)).toBe(false);
    expect(safeMode.maybeLeave(1, 7000)).toBe(false);
    expect(safeMode.maybeLeave(1, 12_000)).toBe(true);
    expect(safeMode.isOn).toBe(false);
  });

  // With dfs.namenode.safemode.min.datanodes set, a DataNode counts only after its first heartbeat: before that, it
  // cannot receive replicas.
  it('waits for DataNodes until they have reported their storages, if a minimum of DataNodes is set', () => {
    const h = new Harness({ config: { safeMode: { ...CONFIG, minDatanodes: 1 } } });
    expect(h.state.blockManager.safeMode.isOn).toBe(true);
    h.apply({ op: 'registerDatanode', id: datanodeId('d1'), softwareVersion: '3.4.2' });
    expect(h.state.blockManager.safeMode.isOn).toBe(true);
    h.heartbeat('d1');
    expect(h.state.blockManager.safeMode.isOn).toBe(false);
    h.writeFile('/f', 10);
  });

  it('is on while the disk is full, and off again by itself', () => {
    const safeMode = new SafeMode(CONFIG);
    safeMode.maybeLeave(0, 0);
    safeMode.setDiskLow(true);
    expect([safeMode.isOn, safeMode.isStartup]).toEqual([true, false]);
    expect(safeMode.tip(0, 0)).toContain('Resources are low on NN');
    safeMode.setDiskLow(false);
    expect(safeMode.isOn).toBe(false);
  });
});

describe('the threshold', () => {
  it.each([
    [0, 0],
    [1, 1],
    [2, 1],
    [1000, 999],
    [3000, 2997],
  ])('of %i blocks is %i', (total, threshold) => {
    const safeMode = new SafeMode(CONFIG);
    safeMode.blocksTotal = total;
    safeMode.blocksSafe = threshold - 1;
    expect(safeMode.maybeLeave(1, 0)).toBe(false);
    safeMode.blocksSafe = threshold;
    expect(safeMode.maybeLeave(1, 0)).toBe(true);
  });
});
