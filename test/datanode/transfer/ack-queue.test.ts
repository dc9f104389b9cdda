// The order and content of acks (Hadoop: PacketResponder).
import { describe, expect, test } from 'vitest';
import { ackFlag, CongestionSignal, Ecn, Slow } from '../../../datanode/context/congestion.ts';
import { AckQueue, UNKNOWN_SEQNO } from '../../../datanode/transfer/ack-queue.ts';
import { type PipelineAckProto, Status } from '../../../protocol/gen/messages.ts';

const { SUCCESS, ERROR, ERROR_CHECKSUM, OOB_RESTART } = Status;
const packet = (seqno: number, lastPacketInBlock = false) => ({
  seqno,
  lastPacketInBlock,
  endOffset: (seqno + 1) * 100,
});
const ackOf = (seqno: number, ...reply: Status[]): PipelineAckProto => ({ seqno, reply, flag: [] });
const taken = (queue: AckQueue) => {
  const step = queue.next();
  return step?.type === 'ack' ? { seqno: step.ack.seqno, reply: step.ack.reply, success: step.success } : step;
};

describe('HDFS design: an ack goes upstream when this node has the packet and everyone downstream has acked it', () => {
  test('at the tail, when the packet is written', () => {
    const queue = new AckQueue(true);
    queue.enqueue(packet(0));
    expect(taken(queue)).toBeUndefined();
    queue.writeCompleted();
    expect(taken(queue)).toEqual({ seqno: 0, reply: [SUCCESS], success: true });
    expect(taken(queue)).toBeUndefined();
  });

  test('before the tail, when both have happened, in either order', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(0));
    queue.enqueue(packet(1));
    queue.writeCompleted();
    expect(taken(queue)).toBeUndefined();
    queue.downstreamAck(ackOf(0, SUCCESS, SUCCESS));
    queue.downstreamAck(ackOf(1, SUCCESS, SUCCESS));
    expect(taken(queue)).toEqual({ seqno: 0, reply: [SUCCESS, SUCCESS, SUCCESS], success: true });
    expect(taken(queue)).toBeUndefined();
    queue.writeCompleted();
    expect(taken(queue)).toEqual({ seqno: 1, reply: [SUCCESS, SUCCESS, SUCCESS], success: true });
  });

  test('heartbeats take their turn like packets', () => {
    const queue = new AckQueue(true);
    for (const seqno of [0, -1, 1]) queue.enqueue(packet(seqno));
    for (let i = 0; i < 3; i++) queue.writeCompleted();
    expect([taken(queue), taken(queue), taken(queue)].map((s) => s && 'seqno' in s && s.seqno)).toEqual([0, -1, 1]);
  });
});

describe('failures', () => {
  test('a lost next node is told once, at its place in the pipeline', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(7));
    queue.mirrorFailed();
    expect(taken(queue)).toEqual({ seqno: 7, reply: [SUCCESS, ERROR], success: false });
    expect(taken(queue)).toBeUndefined();
  });

  test('a node lost further down is passed on', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(0));
    queue.downstreamAck(ackOf(UNKNOWN_SEQNO, SUCCESS, ERROR));
    expect(taken(queue)).toEqual({ seqno: UNKNOWN_SEQNO, reply: [SUCCESS, SUCCESS, ERROR], success: false });
  });

  test('its last word, that it restarts, goes upstream before its loss does, whatever is still being written', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(0));
    queue.downstreamAck(ackOf(0, SUCCESS));
    queue.downstreamAck(ackOf(UNKNOWN_SEQNO, OOB_RESTART));
    queue.mirrorFailed();
    expect(taken(queue)).toEqual({ seqno: UNKNOWN_SEQNO, reply: [SUCCESS, OOB_RESTART], success: false });
    expect(taken(queue)).toEqual({ seqno: 0, reply: [SUCCESS, ERROR], success: false });
    expect(taken(queue)).toBeUndefined();
  });

  test('a refused packet carries this node’s status', () => {
    const queue = new AckQueue(true);
    queue.enqueue(packet(0));
    queue.writeCompleted(ERROR_CHECKSUM);
    expect(taken(queue)).toEqual({ seqno: 0, reply: [ERROR_CHECKSUM], success: false });
  });

  test('a node whose neighbour got corrupt data from it leaves (Hadoop: the mirror is known to be good)', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(0));
    queue.writeCompleted();
    queue.downstreamAck(ackOf(0, ERROR_CHECKSUM));
    expect(queue.next()).toEqual({ type: 'selfDestruct' });
  });

  test('an ack of the wrong packet is an error', () => {
    const queue = new AckQueue(false);
    queue.enqueue(packet(0));
    queue.writeCompleted();
    queue.downstreamAck(ackOf(1, SUCCESS));
    expect(() => queue.next()).toThrow('expected seqno 0, received 1');
  });

  test('more packets written than received is a bug and says so', () => {
    expect(() => new AckQueue(true).writeCompleted()).toThrow('no more packets are written than were received');
  });
});

test('downstream is done when it has acked the last packet', () => {
  const queue = new AckQueue(false);
  queue.enqueue(packet(0));
  queue.downstreamAck(ackOf(0, SUCCESS));
  expect(queue.isDownstreamDone).toBe(false);
  queue.enqueue(packet(1, true));
  expect(queue.isDownstreamDone).toBe(false);
  queue.downstreamAck(ackOf(1, SUCCESS));
  expect(queue.isDownstreamDone).toBe(true);
});

test('congestion flags of nodes behind are passed on with this node’s own in front', () => {
  const queue = new AckQueue(false);
  queue.enqueue(packet(0));
  queue.writeCompleted();
  queue.downstreamAck({ seqno: 0, reply: [SUCCESS], flag: [0x80] });
  const step = queue.next();
  expect(step?.type === 'ack' && step.ack.flag).toEqual([SUCCESS, 0x80]);
});

describe('explicit congestion notification (PipelineAck.StatusFormat)', () => {
  test('a flag holds the status in 4 bits and the node’s ECN two bits above the fifth; others’ are passed on', () => {
    const queue = new AckQueue(false, (status) => ackFlag(status, Ecn.CONGESTED, Slow.DISABLED));
    queue.enqueue(packet(0));
    queue.writeCompleted();
    queue.downstreamAck({ ...ackOf(0, SUCCESS, ERROR), flag: [0x20, ERROR] });
    const step = queue.next();
    expect(step).toMatchObject({ ack: { reply: [SUCCESS, SUCCESS, ERROR], flag: [0x60, 0x20, ERROR] } });
  });

  test('two bits above that say whether the NameNode has found the node slow', () => {
    expect(ackFlag(SUCCESS, Ecn.SUPPORTED, Slow.NORMAL)).toBe(0xa0);
    expect(ackFlag(OOB_RESTART, Ecn.CONGESTED, Slow.SLOW)).toBe(0x168);
  });

  test('a lost next node is told with this node’s load, too (BlockReceiver.sendAckUpstreamUnprotected)', () => {
    const queue = new AckQueue(false, (status) => ackFlag(status, Ecn.SUPPORTED, Slow.NORMAL));
    queue.mirrorFailed();
    expect(queue.next()).toMatchObject({ ack: { reply: [SUCCESS, ERROR], flag: [0xa0, 0xa0 | ERROR] } });
  });

  test('a machine is congested when more processes want to run than its processors can take', () => {
    const clock = { nowMs: 0, now: () => 0, monotonicMs: () => clock.nowMs };
    let load = 6;
    const signal = new CongestionSignal(() => load, { processors: 4, ratio: 1.5, clock });
    expect(signal.ecn).toBe(Ecn.SUPPORTED);
    load = 6.1;
    expect(signal.ecn).toBe(Ecn.SUPPORTED);
    clock.nowMs += 1000;
    expect(signal.ecn).toBe(Ecn.CONGESTED);
  });
});
