// Tests the flags of acks (Hadoop's PipelineAck.StatusFormat).
import { expect, it } from 'vitest';
import { ackFacts } from '../../../client/write/pipeline-ack.ts';
import { Status } from '../../../protocol/gen/messages.ts';

// A flag has 4 bits of status, 1 reserved bit, 2 bits of ECN and 2 bits of slowness (PipelineAck.StatusFormat).
it('an ack without flags has statuses only', () => {
  const ack = { seqno: 1, reply: [Status.SUCCESS, Status.ERROR], flag: [] };
  expect(ackFacts(ack)).toEqual({ replies: [Status.SUCCESS, Status.ERROR], congested: [], slow: [] });
});

it.each([
  { flag: 0x000, status: Status.SUCCESS, congested: false, slow: false },
  { flag: 0x001, status: Status.ERROR, congested: false, slow: false },
  { flag: 0x020, status: Status.SUCCESS, congested: false, slow: false },
  { flag: 0x060, status: Status.SUCCESS, congested: true, slow: false },
  { flag: 0x0a0, status: Status.SUCCESS, congested: false, slow: false },
  { flag: 0x100, status: Status.SUCCESS, congested: false, slow: true },
  { flag: 0x168, status: Status.OOB_RESTART, congested: true, slow: true },
])('flag $flag', ({ flag, status, congested, slow }) => {
  const ack = { seqno: 1, reply: [Status.SUCCESS, Status.SUCCESS], flag: [0, flag] };
  expect(ackFacts(ack)).toEqual({
    replies: [Status.SUCCESS, status],
    congested: congested ? [1] : [],
    slow: slow ? [1] : [],
  });
});
