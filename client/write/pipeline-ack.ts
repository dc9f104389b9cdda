/** Reading the acks of a pipeline. */
import type { PipelineAckProto, Status } from '../../protocol/gen/messages.ts';

/** The answers of a pipeline's nodes in one ack. Places count from 0, the node to which the client is connected. */
export interface AckFacts {
  readonly replies: readonly Status[];
  /** Places of the nodes that ask the writer to slow down: ECN.CONGESTED. */
  readonly congested: readonly number[];
  /** Places of the nodes that say that they are slow: SLOW.SLOW. */
  readonly slow: readonly number[];
}

const ECN_CONGESTED = 3;
const SLOW_SLOW = 2;

/**
 * Reads an ack. The flag of a node holds, from its lowest bit on, the fields below. An ack without flags has only the
 * statuses, in `reply`.
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
