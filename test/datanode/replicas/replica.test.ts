// The replica's state machine (Hadoop: FsDatasetImpl, the appendDesign3 document).
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { transition } from '../../../datanode/replicas/replica.ts';
import { type Replica, type ReplicaEvent, visibleLength } from '../../../datanode/replicas/replica-state.ts';

const NAME = 'BP-1:blk_1_10';
const stateAfter = (replica: Replica | undefined, ...events: ReplicaEvent[]): Replica => {
  const last = events.reduce<Replica | undefined>((state, event) => transition(state, event, NAME), replica);
  if (!last) throw new Error('no events');
  return last;
};
const codeOf = (action: () => unknown): string => {
  try {
    action();
  } catch (e) {
    return e instanceof Error && 'code' in e ? String(e.code) : String(e);
  }
  return 'none';
};

const created = { type: 'createRbw', blockId: 1, generationStamp: 10 } as const;
const copying = { type: 'createTemporary', blockId: 1, generationStamp: 10 } as const;
const rbw = (written: number, acked: number): Replica =>
  stateAfter(undefined, created, { type: 'write', endOffset: written }, { type: 'ack', endOffset: acked });
const finalized = (bytesOnDisk: number, generationStamp = 10): Replica => ({
  kind: 'FINALIZED',
  blockId: 1,
  generationStamp,
  bytesOnDisk,
});

describe('a block that a client writes', () => {
  test('grows as it is received, written and acked, and is final in the end', () => {
    const replica = stateAfter(
      undefined,
      created,
      { type: 'receive', endOffset: 100 },
      { type: 'write', endOffset: 100 },
    );
    expect(replica).toMatchObject({ kind: 'RBW', bytesReceived: 100, bytesOnDisk: 100, bytesAcked: 0 });
    expect(visibleLength(replica)).toBe(0);
    const acked = stateAfter(replica, { type: 'ack', endOffset: 60 });
    expect(visibleLength(acked)).toBe(60);
    expect(stateAfter(acked, { type: 'finalize' })).toEqual(finalized(100));
  });

  test('bytesAcked <= bytesOnDisk <= bytesReceived, whatever happens', () => {
    const event = fc.oneof(
      fc.record({ type: fc.constantFrom('receive' as const, 'ack' as const), endOffset: fc.nat(1000) }),
      fc.constant({ type: 'stopWriter' as const }),
    );
    fc.assert(
      fc.property(fc.array(event), (events) => {
        let replica = stateAfter(undefined, created);
        for (const e of events) {
          replica = stateAfter(replica, e);
          if (replica.kind !== 'RBW') throw new Error(replica.kind);
          if (e.type === 'receive') replica = stateAfter(replica, { type: 'write', endOffset: replica.bytesReceived });
          if (replica.kind !== 'RBW') throw new Error(replica.kind);
          expect(replica.bytesAcked).toBeLessThanOrEqual(replica.bytesOnDisk);
          expect(replica.bytesOnDisk).toBeLessThanOrEqual(replica.bytesReceived);
        }
      }),
    );
  });

  test('can not be created twice, nor over a finished one', () => {
    expect(codeOf(() => stateAfter(rbw(1, 1), created))).toBe('ReplicaAlreadyExistsException');
    expect(() => stateAfter(finalized(1), created)).toThrow(
      `Block ${NAME} already exists in state FINALIZED and thus cannot be created.`,
    );
  });

  test('is not final while bytes are on their way to disk', () => {
    expect(codeOf(() => stateAfter(rbw(10, 10), { type: 'receive', endOffset: 20 }, { type: 'finalize' }))).toBe(
      'IOException',
    );
  });
});

describe('a copy from another DataNode', () => {
  test('is seen by no one until it is final', () => {
    const copy = stateAfter(undefined, copying, { type: 'write', endOffset: 5 });
    expect(visibleLength(copy)).toBe(-1);
    expect(stateAfter(copy, { type: 'finalize' })).toEqual(finalized(5));
  });

  test('replaces what an older pipeline left, and nothing else', () => {
    const newer = { ...copying, generationStamp: 11 } as const;
    expect(stateAfter(rbw(5, 5), newer)).toMatchObject({ kind: 'TEMPORARY', generationStamp: 11, bytesOnDisk: 0 });
    expect(codeOf(() => stateAfter(rbw(5, 5), copying))).toBe('ReplicaAlreadyExistsException');
    expect(codeOf(() => stateAfter(finalized(5), newer))).toBe('ReplicaAlreadyExistsException');
  });

  test('replaces a replica that waits for a recovery, when that was done without it', () => {
    const waiting: Replica = { kind: 'RWR', blockId: 1, generationStamp: 10, bytesOnDisk: 5 };
    const recovering = stateAfter(finalized(5), { type: 'beginRecovery', generationStamp: 10, recoveryId: 12 });
    for (const older of [waiting, recovering]) {
      expect(stateAfter(older, { ...copying, generationStamp: 12 })).toMatchObject({ kind: 'TEMPORARY' });
      expect(codeOf(() => stateAfter(older, copying))).toBe('ReplicaAlreadyExistsException');
    }
    // This generation stamp is older than the recovery's id, so the recovery may still end.
    const earlier = { ...copying, generationStamp: 11 } as const;
    expect(codeOf(() => stateAfter(recovering, earlier))).toBe('ReplicaAlreadyExistsException');
  });

  test('for a pipeline becomes RBW with what the client knows to be acked', () => {
    const copy = stateAfter(undefined, copying, { type: 'write', endOffset: 50 });
    const joined = stateAfter(copy, { type: 'convertToRbw', generationStamp: 10, visibleLength: 40 });
    expect(joined).toMatchObject({ kind: 'RBW', bytesOnDisk: 50, bytesAcked: 40 });
    expect(codeOf(() => stateAfter(copy, { type: 'convertToRbw', generationStamp: 9, visibleLength: 0 }))).toBe(
      'ReplicaAlreadyExistsException',
    );
    expect(codeOf(() => stateAfter(copy, { type: 'convertToRbw', generationStamp: 10, visibleLength: 51 }))).toBe(
      'IOException',
    );
  });
});

describe('pipeline recovery in the middle of a block', () => {
  const recover = {
    type: 'recoverRbw',
    generationStamp: 10,
    newGenerationStamp: 11,
    minBytesReceived: 50,
    maxBytesReceived: 200,
  } as const;

  test('goes on from what was acked, under the new generation stamp', () => {
    expect(stateAfter(rbw(100, 60), recover)).toMatchObject({
      kind: 'RBW',
      generationStamp: 11,
      bytesReceived: 60,
      bytesOnDisk: 60,
      bytesAcked: 60,
    });
  });

  test('is refused when the client knows of more acked bytes, or of fewer sent', () => {
    expect(() => stateAfter(rbw(100, 40), recover)).toThrow(
      'BytesAcked = 40 BytesRcvd = 100 are not in the range of [50, 200].',
    );
    expect(codeOf(() => stateAfter(rbw(300, 60), recover))).toBe('ReplicaNotFoundException');
  });

  test('is refused for other states and generations', () => {
    expect(() => stateAfter(finalized(60), recover)).toThrow('Cannot recover a non-RBW replica');
    expect(() => stateAfter(rbw(100, 60), { ...recover, generationStamp: 11, newGenerationStamp: 12 })).toThrow(
      'Expected GS range is [11, 12].',
    );
    expect(codeOf(() => transition(undefined, recover, NAME))).toBe('ReplicaNotFoundException');
  });
});

describe('append', () => {
  const append = { type: 'append', generationStamp: 10, newGenerationStamp: 12, expectedLength: 100 } as const;

  test('opens a finished replica again, all of it acked', () => {
    expect(stateAfter(finalized(100), append)).toMatchObject({
      kind: 'RBW',
      generationStamp: 12,
      bytesOnDisk: 100,
      bytesAcked: 100,
    });
  });

  test('needs the same length and generation, and a finished replica', () => {
    expect(() => stateAfter(finalized(90), append)).toThrow('with a length of 90 expected length is 100');
    expect(codeOf(() => stateAfter(finalized(100, 9), append))).toBe('ReplicaNotFoundException');
    expect(() => stateAfter(rbw(100, 100), append)).toThrow('Cannot append to an unfinalized replica');
    expect(() => stateAfter(finalized(100), { ...append, newGenerationStamp: 9 })).toThrow('should be greater than');
  });

  test('recovered: a finished replica opens, one being written goes on', () => {
    const again = { ...append, type: 'recoverAppend' } as const;
    expect(stateAfter(finalized(100), again)).toMatchObject({ kind: 'RBW', generationStamp: 12 });
    expect(stateAfter(rbw(100, 100), again)).toMatchObject({ kind: 'RBW', generationStamp: 12, bytesOnDisk: 100 });
    expect(codeOf(() => stateAfter(rbw(100, 60), again))).toBe('ReplicaAlreadyExistsException');
  });

  test('close recovered: either becomes final under the new stamp', () => {
    const close = { ...append, type: 'recoverClose' } as const;
    expect(stateAfter(finalized(100), close)).toEqual(finalized(100, 12));
    expect(stateAfter(rbw(100, 100), close)).toEqual(finalized(100, 12));
    expect(
      codeOf(() =>
        stateAfter(stateAfter(rbw(100, 100), { type: 'beginRecovery', generationStamp: 10, recoveryId: 11 }), close),
      ),
    ).toBe('ReplicaNotFoundException');
  });
});

describe('block recovery', () => {
  const begin = { type: 'beginRecovery', generationStamp: 10, recoveryId: 20 } as const;
  const end = { type: 'endRecovery', recoveryId: 20, oldLength: 100, newLength: 80 } as const;

  test('holds a replica still, then gives it the agreed length and stamp', () => {
    for (const replica of [
      rbw(100, 60),
      finalized(100),
      { kind: 'RWR', blockId: 1, generationStamp: 10, bytesOnDisk: 100 } as const,
    ]) {
      const held = stateAfter(replica, begin);
      expect(held).toMatchObject({ kind: 'RUR', recoveryId: 20, bytesOnDisk: 100 });
      expect(visibleLength(held)).toBe(visibleLength(replica));
      expect(stateAfter(held, end)).toEqual(finalized(80, 20));
    }
  });

  test('a newer recovery takes over, an older one is refused', () => {
    const held = stateAfter(rbw(100, 100), begin);
    expect(stateAfter(held, { ...begin, recoveryId: 21 })).toMatchObject({
      kind: 'RUR',
      recoveryId: 21,
      original: { kind: 'RBW' },
    });
    expect(codeOf(() => stateAfter(held, begin))).toBe('RecoveryInProgressException');
    expect(codeOf(() => stateAfter(held, { ...end, recoveryId: 19 }))).toBe('IOException');
  });

  test('can not lengthen a replica, nor end what has not begun', () => {
    const held = stateAfter(rbw(100, 100), begin);
    expect(() => stateAfter(held, { ...end, newLength: 101 })).toThrow('rur.getNumBytes() < newlength = 101');
    expect(() => stateAfter(held, { ...end, oldLength: 99 })).toThrow(
      'replica.getBytesOnDisk() != block.getNumBytes()',
    );
    expect(() => stateAfter(finalized(100), end)).toThrow('replica.getState() != RUR');
  });

  test('does not touch replicas of another generation, or copies', () => {
    expect(codeOf(() => stateAfter(finalized(100, 9), begin))).toBe('IOException');
    expect(codeOf(() => stateAfter(finalized(100, 20), begin))).toBe('IOException');
    expect(codeOf(() => stateAfter(undefined, copying, begin))).toBe('ReplicaNotFoundException');
  });
});
