// Lists the mutants of the DataNode.
import type { Mutant } from './index.ts';

export const DATANODE_MUTANTS: readonly Mutant[] = [
  {
    name: 'ack-before-downstream',
    about: 'A DataNode acks a packet when it has written it, without waiting for those behind it.',
    breaks: ['acked-bytes-are-read'],
    patches: [
      {
        file: 'datanode/transfer/packet-responder.ts',
        find: 'this.#queue = new AckQueue(options.mirror === undefined, options.flagOf);',
        replace: 'this.#queue = new AckQueue(true, options.flagOf);',
      },
    ],
  },
  {
    name: 'ack-before-write',
    about: 'A DataNode acks a packet that it has received and not yet written.',
    breaks: ['acked-bytes-are-read', 'replica-lengths-are-ordered'],
    patches: [
      {
        file: 'datanode/replicas/replica-writer.ts',
        find: 'this.#items.push({ packet, plan, done: i === packets.length - 1 ? done : undefined });',
        replace: `if (i === packets.length - 1) done(undefined);
      this.#items.push({ packet, plan, done: undefined });`,
      },
    ],
  },
  {
    name: 'recovery-takes-old-generations',
    about: 'A block recovery agrees on the shortest replica there is, of whatever state and generation.',
    breaks: ['acked-bytes-are-read'],
    patches: [
      {
        file: 'datanode/recovery/block-recovery-plan.ts',
        find: 'const candidates = replicas.filter((r) => r.generationStamp >= minGenerationStamp && r.numBytes > 0);',
        replace: 'const candidates = replicas.filter((r) => r.numBytes > 0);',
      },
      {
        file: 'datanode/recovery/block-recovery-plan.ts',
        find: 'const ofBest = usable.filter((r) => RANK[r.state] === best);',
        replace: 'const ofBest = usable.filter((r) => RANK[r.state] >= best);',
      },
      {
        file: 'datanode/recovery/block-recovery-plan.ts',
        find: 'const newLength = Math.max(...lengths);',
        replace: 'const newLength = Math.min(...lengths);',
      },
    ],
  },
  {
    name: 'recovery-does-not-cut',
    about: 'A block recovery leaves replicas at the lengths that they had.',
    breaks: ['finalized-replicas-agree'],
    patches: [
      {
        file: 'datanode/replicas/replica-rules.ts',
        find: "return { kind: 'FINALIZED', blockId, generationStamp: event.recoveryId, bytesOnDisk: event.newLength };",
        replace: "return { kind: 'FINALIZED', blockId, generationStamp: event.recoveryId, bytesOnDisk };",
      },
    ],
  },
  {
    name: 'waiting-replica-finalized',
    about: 'What was being written when the DataNode stopped counts as finalized when it starts.',
    breaks: ['files-get-closed', 'finalized-replicas-agree'],
    patches: [
      {
        file: 'datanode/replicas/replica-scan.ts',
        find: ": { kind: 'RWR', ...version };",
        replace: ": { kind: 'FINALIZED', ...version };",
      },
    ],
  },
  {
    name: 'version-not-synced',
    about: 'The VERSION file of a volume gets its name before it is on disk.',
    breaks: ['daemons-start'],
    patches: [
      {
        file: 'datanode/volumes/volume.ts',
        find: 'formatProperties(properties, this.#clock.now()), VERSION_WRITE);',
        replace: 'formatProperties(properties, this.#clock.now()));',
      },
    ],
  },
  {
    name: 'hsync-not-synced',
    about: 'A DataNode acks a packet that is to be on its disk (hsync) without an fsync.',
    breaks: ['acked-bytes-are-read'],
    patches: [
      {
        file: 'datanode/replicas/replica-writer.ts',
        find: 'if (batch.at(-1)?.packet.syncBlock) await this.#sync();',
        replace: '',
      },
    ],
  },
  {
    name: 'recovered-replica-not-synced',
    about: 'A block recovery finalizes replicas whose bytes were never synced.',
    breaks: ['finalized-replicas-agree', 'blocks-get-well', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'datanode/replicas/replica-changes.ts',
        find: 'await syncReplicaFiles(stored.paths, stored.volume);',
        replace: '',
      },
    ],
  },
  {
    name: 'urgent-report-stays-urgent',
    about: 'A DataNode that registers anew with an urgent report pending, which that empties, goes on without waiting.',
    breaks: ['loops-wait'],
    patches: [
      {
        file: 'datanode/link/namenode-link.ts',
        find: '    this.#outbox.isUrgent = false;\n    if (this.#outbox.pending.isEmpty) return;',
        replace: '    if (this.#outbox.pending.isEmpty) return;\n    this.#outbox.isUrgent = false;',
      },
    ],
  },
  {
    name: 'copy-after-recovery-refused',
    about: 'A replica that waits for the end of a recovery that is over is not replaced by a copy.',
    breaks: ['replication-is-restored'],
    isScripted: true,
    patches: [
      {
        file: 'datanode/replicas/replica-rules.ts',
        find: 'return replica.recoveryId <= generationStamp;',
        replace: 'return false;',
      },
    ],
  },
  {
    name: 'recovery-takes-the-shortest',
    about: 'A block recovery cuts every replica to the shortest, be it one that a loss of power has cut off.',
    breaks: ['acked-bytes-are-read'],
    isScripted: true,
    patches: [
      {
        file: 'datanode/recovery/block-recovery-plan.ts',
        find: 'const newLength = Math.max(...lengths);',
        replace: 'const newLength = Math.min(...lengths);',
      },
      {
        file: 'datanode/recovery/block-recovery-plan.ts',
        find: 'r.numBytes === newLength &&',
        replace: 'r.numBytes >= newLength &&',
      },
    ],
  },
  {
    name: 'silent-writer-given-up',
    about: 'A DataNode that waits for the next one, as long as that may take, gives up a writer who has to wait too.',
    breaks: ['writes-go-on'],
    isScripted: true,
    patches: [
      {
        file: 'datanode/transfer/block-receiver.ts',
        find: '      this.#options.upstream.setTimeout(0);\n',
        replace: '',
      },
      { file: 'datanode/transfer/write-block.ts', find: '    upstream.setTimeout(0);\n', replace: '' },
    ],
  },
  {
    name: 'copy-is-a-move',
    about: 'The DataNode that a replica is copied from for the balancer gives its own up at once.',
    breaks: ['enough-replicas-are-kept'],
    patches: [
      {
        file: 'datanode/transfer/read-block.ts',
        find: "await connection.sendRaw([Buffer.from([0, 'd'.charCodeAt(0)])]);",
        replace: `await connection.sendRaw([Buffer.from([0, 'd'.charCodeAt(0)])]);
      await context.store.remove(context.store.get(block));`,
      },
    ],
  },
  {
    name: 'last-ack-before-finalize',
    about: 'A DataNode sends the last ack of a block before it has finalized the replica.',
    breaks: ['last-ack-means-final'],
    patches: [
      {
        file: 'datanode/transfer/packet-responder.ts',
        find: '    if (ack.reply[0] === Status.SUCCESS) await this.#options.finalize();\n',
        replace: '',
      },
      {
        file: 'datanode/transfer/packet-responder.ts',
        find: '    this.#finished = true;\n    if (refused)',
        replace: `    if (ack.reply[0] === Status.SUCCESS) await this.#options.finalize();
    this.#finished = true;
    if (refused)`,
      },
    ],
  },
  {
    name: 'report-drops-a-block',
    about: 'An incremental report of several blocks leaves one out.',
    breaks: ['replication-is-restored', 'files-get-closed', 'blocks-get-well'],
    patches: [
      {
        file: 'datanode/link/incremental-report.ts',
        find: 'all.set(uuid, [...blocks.values()]);',
        replace: 'all.set(uuid, [...blocks.values()].slice(0, Math.max(1, blocks.size - 1)));',
      },
    ],
  },
  {
    name: 'finalized-name-not-synced',
    about: 'A replica is finalized without an fsync of the directory that it is moved to.',
    breaks: ['acked-bytes-are-read', 'blocks-get-well', 'files-get-closed', 'closed-files-are-readable'],
    patches: [
      {
        file: 'datanode/replicas/replica-changes.ts',
        find: '  await stored.syncDirectory();\n  await stored.volume.syncDirectory(from);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'meta-header-unreported',
    about: 'A meta file with a damaged header is refused by whatever meets it, and reported by nobody.',
    breaks: ['rot-is-found'],
    patches: [
      {
        file: 'datanode/context/failed-access.ts',
        find: 'if (failure instanceof CorruptReplica) {',
        replace: "if (failure instanceof CorruptReplica && !failure.is('CorruptMetaHeaderException')) {",
      },
      {
        file: 'datanode/scanners/replica-verifier.ts',
        find: "if (e instanceof CorruptReplica) return { kind: 'corrupt', why: e.message };\n    throw e;\n  }\n  try {",
        replace: 'if (e instanceof CorruptReplica) return SKIPPED;\n    throw e;\n  }\n  try {',
      },
      {
        file: 'client/read/read-stream.ts',
        find: "if (!error.is('ChecksumException') && !error.is('CorruptMetaHeaderException')) return;",
        replace: "if (!error.is('ChecksumException')) return;",
      },
    ],
  },
  {
    name: 'meta-header-not-logged',
    about: 'The header of a finalized replica is not written to the log of its volume.',
    breaks: ['rot-is-found'],
    patches: [
      {
        file: 'datanode/replicas/replica-changes.ts',
        find: "  if (next.kind === 'FINALIZED' && spec) await volume",
        replace: "  if (next.kind === 'TEMPORARY' && spec) await volume",
      },
    ],
  },
  {
    name: 'failed-volume-not-forgotten',
    about: 'A DataNode goes on to count what lay on a volume that has failed.',
    breaks: ['replication-is-restored'],
    patches: [
      {
        file: 'datanode/replicas/block-store.ts',
        find: 'for (const volume of failed) this.#replicas.forget(volume);',
        replace: '',
      },
    ],
  },
];
