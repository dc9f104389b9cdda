// Tests of truncate.
import { describe, expect, it } from 'vitest';
import { getFileInfo, isFileClosed } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, MIB, ROOT, snapshot } from '../harness.ts';

const truncate = (h: Harness, newLengthBytes: number, clientName = 'c1', caller = ROOT, path = '/f') =>
  h.apply({ op: 'truncate', caller, path, newLengthBytes, clientName });

function failure(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    const error = HadoopError.from(e);
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

const facts = (h: Harness) => [
  h.read(getFileInfo, { caller: ROOT, path: '/f' })?.length,
  h.read(isFileClosed, { caller: ROOT, path: '/f' }),
];

/** Writes `/f` with two blocks of 1 MiB and 100 bytes on d1. */
function twoBlocks(): Harness {
  const h = new Harness();
  h.addDatanode('d1');
  h.create('/f');
  const first = h.addBlock('/f');
  h.report('d1', first.b, MIB);
  const second = h.addBlock('/f', h.blockOf(first, MIB));
  h.report('d1', second.b, 100);
  h.complete('/f', h.blockOf(second, 100));
  return h;
}

function recoveries(h: Harness) {
  return h.commands('d1').flatMap((c) => c.recoveryCmd?.blocks ?? []);
}

function synchronize(h: Harness, newGenStamp: number, newLength: number, blockId = 1073741826) {
  h.apply({
    op: 'commitBlockSynchronization',
    blockId,
    blockName: `blk_${blockId}`,
    newGenStamp,
    newLength,
    closeFile: true,
    deleteBlock: false,
    targets: [{ datanodeUuid: 'uuid-d1', storageUuid: 'DS-d1' }],
  });
}

describe('truncate', () => {
  it('at a block boundary removes the blocks beyond it at once', () => {
    const h = twoBlocks();
    h.now += 5;
    expect(truncate(h, MIB)).toBe(true);
    expect(facts(h)).toEqual([MIB, true]);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f' })?.modification_time).toBe(h.now);
    expect([...(h.state.blockManager.datanodes.get('uuid-d1')?.invalidates ?? [])]).toEqual([[1073741826, 1002]]);
    const before = snapshot(h.state);
    h.restart();
    expect(snapshot(h.state)).toEqual(before);
    h.addDatanode('d1');
    h.report('d1', { blockId: 1073741825, generationStamp: 1001 }, MIB);
    expect(truncate(h, 0)).toBe(true);
    expect([...facts(h), h.state.blockManager.blocks.size]).toEqual([0, true, 0]);
  });

  it('to the length that the file has changes nothing', () => {
    const h = twoBlocks();
    expect(truncate(h, MIB + 100)).toBe(true);
    expect(facts(h)).toEqual([MIB + 100, true]);
  });

  it('inside a block is a recovery of that block to its new length; the file is open meanwhile', () => {
    const h = twoBlocks();
    expect(truncate(h, MIB + 40)).toBe(false);
    expect(facts(h)[1]).toBe(false);
    const [recovering] = recoveries(h);
    expect(recovering).toMatchObject({
      newGenStamp: 1003,
      block: { b: { blockId: 1073741826, generationStamp: 1002, numBytes: 100 }, locs: [{ id: { hostName: 'd1' } }] },
      truncateBlock: { blockId: 1073741826, genStamp: 1003, numBytes: 40 },
    });
    expect(truncate(h, MIB + 40)).toBe(false);
    expect(failure(() => truncate(h, MIB + 30))).toBe(
      'AlreadyBeingCreatedException: Failed to TRUNCATE_FILE /f for c1 on 10.0.0.1 because /f is being truncated.',
    );
    expect(failure(() => h.apply({ op: 'append', caller: ROOT, path: '/f', clientName: 'c2', newBlock: false }))).toBe(
      'RecoveryInProgressException: Failed to APPEND_FILE /f for c2 on 10.0.0.1 because another recovery is in ' +
        'progress by c1 on 10.0.0.1',
    );
    synchronize(h, 1003, 40);
    expect(facts(h)).toEqual([MIB + 40, true]);
    expect(truncate(h, MIB + 40)).toBe(true);
    expect(recoveries(h)).toEqual([]);
  });

  it('cuts an earlier block after it removes the later ones', () => {
    const h = twoBlocks();
    expect(truncate(h, 10)).toBe(false);
    expect(recoveries(h)).toMatchObject([{ truncateBlock: { blockId: 1073741825, numBytes: 10 } }]);
    synchronize(h, 1003, 10, 1073741825);
    expect(facts(h)).toEqual([10, true]);
  });

  it('continues after a restart by itself, under another generation', () => {
    const h = twoBlocks();
    truncate(h, MIB + 40);
    h.restart();
    h.addDatanode('d1');
    expect(facts(h)[1]).toBe(false);
    expect(truncate(h, MIB + 40)).toBe(false);
    h.fullReport('d1', [
      { id: 1073741825, genStamp: 1001, numBytes: MIB },
      { id: 1073741826, genStamp: 1002, numBytes: 100 },
    ]);
    h.apply({ op: 'tick' });
    const [recovering] = recoveries(h);
    expect(recovering?.truncateBlock).toMatchObject({ numBytes: 40 });
    expect(failure(() => synchronize(h, 1003, 40))).toContain('does not match current recovery id');
    synchronize(h, recovering?.newGenStamp ?? 0, 40);
    expect(facts(h)).toEqual([MIB + 40, true]);
  });

  it.each([
    [MIB + 101, ROOT, '/f', 'HadoopIllegalArgumentException: Cannot truncate to a larger file size. Current size: '],
    [-1, ROOT, '/f', 'HadoopIllegalArgumentException: Cannot truncate to a negative file size: -1.'],
    [1, ROOT, '/no', 'FileNotFoundException: File does not exist: /no'],
    [1, ROOT, '/', 'FileNotFoundException: Path is not a file: /'],
    [1, BOB, '/f', 'AccessControlException: Permission denied: user=bob, access=WRITE, inode="/f"'],
  ])('to %i is refused (FSDirTruncateOp)', (newLength, caller, path, message) => {
    const h = twoBlocks();
    expect(failure(() => truncate(h, newLength, 'c1', caller, path))).toContain(message);
    expect(facts(h)).toEqual([MIB + 100, true]);
  });

  it('is refused for a file that is being written', () => {
    const h = twoBlocks();
    h.create('/open', { clientName: 'w' });
    expect(failure(() => truncate(h, 0, 'c1', ROOT, '/open'))).toBe(
      'AlreadyBeingCreatedException: Failed to TRUNCATE_FILE /open for c1 on 10.0.0.1 because this file lease is ' +
        'currently owned by w on 10.0.0.1',
    );
  });
});
