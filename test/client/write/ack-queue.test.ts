// Tests the bounded window of packets that wait for their acks.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { AckQueue } from '../../../client/write/ack-queue.ts';

const queueOf = (packetsMax: number, ...seqnos: number[]) => {
  const queue = new AckQueue<{ seqno: number }>(packetsMax);
  for (const seqno of seqnos) queue.add({ seqno });
  return queue;
};
const seqnos = (packets: readonly { seqno: number }[]) => packets.map((p) => p.seqno);

describe('AckQueue, the window of packets that not every DataNode has acked', () => {
  it('releases up to and including a seqno, oldest first', () => {
    const queue = queueOf(8, 3, 4, 7, 8);
    expect(seqnos(queue.releaseThrough(2))).toEqual([]);
    expect(seqnos(queue.releaseThrough(7))).toEqual([3, 4, 7]);
    expect(queue.first).toEqual({ seqno: 8 });
  });

  it('is full at its bound, and refuses more', () => {
    const queue = queueOf(2, 0);
    expect(queue.isFull()).toBe(false);
    queue.add({ seqno: 1 });
    expect(queue.isFull()).toBe(true);
    expect(() => queue.add({ seqno: 2 })).toThrow('the ack queue holds at most packetsMax packets');
  });

  it('refuses packets out of order and a window of nothing', () => {
    expect(() => queueOf(4, 5).add({ seqno: 5 })).toThrow('the seqnos of the ack queue ascend');
    expect(() => new AckQueue(0)).toThrow(RangeError);
  });

  it('gives everything back after a failure, in order', () => {
    const queue = queueOf(4, 1, 2, 3);
    queue.releaseThrough(1);
    expect(seqnos(queue.takeAll())).toEqual([2, 3]);
    expect(queue.isEmpty()).toBe(true);
  });

  it('keeps exactly the packets above the last release', () => {
    fc.assert(
      fc.property(fc.nat(20), fc.nat(25), (count, through) => {
        const queue = queueOf(21, ...Array.from({ length: count }, (_, i) => i));
        const released = seqnos(queue.releaseThrough(through));
        expect(released).toEqual(Array.from({ length: Math.min(count, through + 1) }, (_, i) => i));
        expect(queue.size).toBe(count - released.length);
      }),
    );
  });
});
