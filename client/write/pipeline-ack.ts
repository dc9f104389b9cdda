import type { PipelineAckProto, Status } from '../../protocol/gen/messages.ts';

/** What the nodes of a pipeline say in one ack; places count from the node that the client talks to. */
export interface AckFacts {
  readonly replies: readonly Status[];
  /** Nodes that ask the writer to slow down: ECN.CONGESTED. */
  readonly congested: readonly number[];
  /** Nodes that say that they are slow: SLOW.SLOW. */
  readonly slow: readonly number[];
}

const ECN_CONGESTED = 3;
const SLOW_SLOW = 2;

/**
 * Reads an ack. A node's flag holds, from its lowest bit on; without flags, `reply` holds the statuses alone:
 *
 *     +--------------+----------------+----------------+-----------------+
 *     | 4 bits reply | 1 bit reserved | 2 bits ECN     | 2 bits slowness |
 *     +--------------+----------------+----------------+-----------------+
 *
 * (Hadoop: PipelineAck.StatusFormat)
 */
export function ackFacts(ack: PipelineAckProto): AckFacts {
  const { flag } = ack;
  if (flag.length === 0) return { replies: ack.reply, congested: [], slow: [] };
  const replies: Status[] = [];
  const congested: number[] = [];
  const slow: number[] = [];
  for (const [place, bits] of flag.entries()) {
    replies.push((bits & 0xf) as Status);
    if (((bits >> 5) & 0x3) === ECN_CONGESTED) congested.push(place);
    if (((bits >> 7) & 0x3) === SLOW_SLOW) slow.push(place);
  }
  return { replies, congested, slow };
}
