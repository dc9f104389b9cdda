// Tests the data queue and the ack queue together: a rebuilt pipeline relies on their order.
import { describe, expect, it } from 'vitest';
import { PacketQueues } from '../../../client/write/packet-queues.ts';
import type { Packet } from '../../../protocol/datatransfer/data-transfer.ts';

const packet = (seqno: number): Packet => ({
  seqno,
  offsetInBlock: seqno * 512,
  lastPacketInBlock: false,
  syncBlock: false,
  checksums: Buffer.alloc(4),
  data: Buffer.alloc(512),
});

describe('PacketQueues', () => {
  it('sends packets that were not acked when the pipeline broke again, first and in order', () => {
    const queues = new PacketQueues(8);
    const [a, b, c] = [packet(0), packet(1), packet(2)];
    for (const each of [a, b, c]) queues.add(each);
    queues.sent(a);
    queues.sent(b);
    queues.acked(a);
    expect(queues.sizes).toEqual({ data: 1, ack: 1 });
    queues.takeBack();
    expect(queues.sizes).toEqual({ data: 2, ack: 0 });
    expect(queues.nextToSend).toBe(b);
  });

  it('is a bug to queue, to send or to ack out of order', () => {
    const queues = new PacketQueues(8);
    const [a, b] = [packet(0), packet(1)];
    queues.add(a);
    queues.add(b);
    expect(() => queues.add(packet(1))).toThrow('the seqnos of the data queue ascend');
    expect(() => queues.sent(b)).toThrow('packets are sent in the order of the data queue');
    expect(() => queues.acked(b)).toThrow('packets are acked in the order in which they were sent');
  });
});
