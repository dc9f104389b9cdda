// Lists the mutants of the client.
import type { Mutant } from './index.ts';

export const CLIENT_MUTANTS: readonly Mutant[] = [
  {
    name: 'ack-queue-lost',
    about: 'When a pipeline breaks, the packets that were not acked are not put back in front of the data queue.',
    breaks: ['acked-bytes-are-read'],
    patches: [
      {
        file: 'client/write/packet-queues.ts',
        find: 'this.#dataQueue.unshift(...this.#ackQueue.takeAll());',
        replace: 'this.#ackQueue.takeAll();',
      },
    ],
  },
  {
    name: 'hflush-does-not-wait',
    about: 'hflush returns before the DataNodes have acked.',
    breaks: ['acked-bytes-are-read'],
    patches: [
      {
        file: 'client/write/data-streamer.ts',
        find: 'await this.#acked(seqno);\n    if (this.#error)',
        replace: 'if (this.#error)',
      },
    ],
  },
  {
    name: 'early-ack-dropped',
    about: 'An ack that comes before the answer to updatePipeline is dropped: a node that died then is never noticed.',
    breaks: ['healthy-nodes-stay'],
    patches: [
      {
        file: 'client/write/pipeline-recovery.ts',
        find: "if (event.kind === 'ack' || event.kind === 'disconnected') this.#early.push(event);",
        replace: "if (event.kind === 'disconnected') this.#early.push(event);",
      },
    ],
  },
  {
    name: 'checksums-not-verified',
    about: 'The reader takes what comes without looking at its checksums.',
    breaks: ['only-written-bytes'],
    patches: [
      { file: 'client/read/block-reader.ts', find: 'if (verifyChecksum) {', replace: 'if (!verifyChecksum) {' },
    ],
  },
];
