// Tests the write pipeline against a model of DataNodes that answer in random order and die at random.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PipelineNode } from '../../../client/dfs/allocated-block.ts';
import { PacketCutter } from '../../../client/write/packet-cutter.ts';
import type { AppendPoint, PipelineEffect, PipelineEvent } from '../../../client/write/pipeline-events.ts';
import { WritePipeline } from '../../../client/write/write-pipeline.ts';
import { Status, StorageTypeProto } from '../../../protocol/gen/messages.ts';
import { hadoopError } from '../../../runtime/errors.ts';
import { pattern } from '../../support/pattern.ts';
import { datanode } from './pipeline-scenario.ts';

/*
 * No acked byte may be lost. A model of the NameNode and the DataNodes answers the writer in an order, and with deaths
 * of nodes, that fast-check chooses. The file must be whole on the nodes that are left, and the replicas of one
 * generation must be equal.
 */
const TOKEN = { identifier: new Uint8Array(), password: new Uint8Array(), kind: '', service: '' };
const NODES = [...'ABCDEF'];
const BLOCK_BYTES = 2048;
const DATA = pattern(5000);

/** Offset at which an append begins: within a checksum chunk of the first block. */
const APPEND_FROM = 700;

interface Replica {
  generationStamp: number;
  bytes: Buffer;
}

interface Connection {
  number: number;
  nodes: readonly string[];
  blockId: number;
}

class Model {
  readonly alive = new Set(NODES);
  readonly finished: { blockId: number; generationStamp: number; length: number }[] = [];
  /** Replicas by node and block id. */
  readonly #replicas = new Map<string, Replica>();
  readonly pending: (() => PipelineEvent[])[] = [];
  outcome: 'closed' | 'failed' | undefined;
  maxUnacked = 0;
  #blocks = 0;
  #stamp = 1000;
  #connection: Connection | undefined;

  /** Puts the first block on the first three nodes and returns append()'s answer for it. */
  beginAppend(bytes: Buffer): AppendPoint {
    const generationStamp = ++this.#stamp;
    const nodes = NODES.slice(0, 3);
    this.#blocks++;
    for (const node of nodes) this.#replicas.set(`${node}${this.#blocks}`, { generationStamp, bytes });
    const { block, token } = this.#block(this.#blocks, generationStamp);
    return {
      kind: 'partialBlock',
      last: { block: { ...block, numBytes: bytes.length }, token, nodes: nodes.map(place) },
    };
  }

  perform(effect: PipelineEffect): void {
    switch (effect.kind) {
      case 'addBlock': {
        const excluded = effect.excludes.map((e) => e.id.hostName);
        const nodes = NODES.filter((n) => !excluded.includes(n)).slice(0, 3);
        this.#answer({
          kind: 'blockAdded',
          allocated: { ...this.#block(++this.#blocks, ++this.#stamp), nodes: nodes.map(place) },
        });
        return;
      }
      case 'abandonBlock':
        this.#answer({ kind: 'blockAbandoned' });
        return;
      case 'connect':
        this.#connect(effect);
        return;
      case 'disconnect':
        this.#connection = undefined;
        return;
      case 'send': {
        const connection = this.#connection;
        const { packet } = effect;
        this.pending.push(() =>
          connection && connection === this.#connection ? this.#deliver(connection, packet) : [],
        );
        return;
      }
      case 'getAdditionalDatanode': {
        const known = [...effect.existing.map((n) => n.info.id.hostName), ...effect.excludes.map((e) => e.id.hostName)];
        const added = NODES.filter((n) => !known.includes(n))
          .slice(0, 1)
          .map(place);
        const allocated = { ...this.#block(effect.block.blockId, this.#stamp), nodes: [...effect.existing, ...added] };
        this.#answer({ kind: 'datanodeAdded', allocated });
        return;
      }
      case 'transferBlock': {
        const [source, target] = [effect.source, effect.target].map((n) => n.info.id.hostName) as [string, string];
        this.pending.push(() => {
          const replica = this.replica(source, effect.block.blockId);
          if (!replica || !this.alive.has(source) || !this.alive.has(target)) {
            return [{ kind: 'transferFailed', error: hadoopError('IOException', 'dead') }];
          }
          this.#replicas.set(`${target}${effect.block.blockId}`, { ...replica });
          return [{ kind: 'transferred' }];
        });
        return;
      }
      case 'updateBlockForPipeline':
        this.#answer({ kind: 'stamped', generationStamp: ++this.#stamp, token: TOKEN });
        return;
      case 'updatePipeline':
        this.#answer({ kind: 'pipelineUpdated' });
        return;
      case 'blockFinished':
        this.finished.push({ ...effect.block, length: effect.block.numBytes ?? 0 });
        return;
      case 'complete':
        this.#answer({ kind: 'completed', done: true });
        return;
      case 'closed':
      case 'failed':
        this.outcome = effect.kind;
    }
  }

  replica(node: string, blockId: number): Replica | undefined {
    return this.#replicas.get(`${node}${blockId}`);
  }

  kill(node: string): PipelineEvent[] {
    if (this.alive.size > 1) this.alive.delete(node);
    const connection = this.#connection;
    if (connection?.nodes[0] !== node || this.alive.has(node)) return [];
    return [{ kind: 'disconnected', connection: connection.number, error: hadoopError('IOException', 'reset') }];
  }

  #block(blockId: number, generationStamp: number) {
    return { block: { poolId: 'BP', blockId, generationStamp }, token: TOKEN };
  }

  #answer(event: PipelineEvent): void {
    this.pending.push(() => [event]);
  }

  #connect(effect: Extract<PipelineEffect, { kind: 'connect' }>): void {
    const nodes = effect.nodes.map((n) => n.info.id.hostName);
    const { connection: number, block, bytesAcked } = effect;
    this.pending.push(() => {
      const badNode = nodes.findIndex((n) => !this.alive.has(n));
      const error = hadoopError('IOException', 'refused');
      if (badNode >= 0)
        return [{ kind: 'connectFailed', connection: number, failure: { badNode, restarting: false, error } }];
      for (const node of nodes) {
        const old = this.replica(node, block.blockId);
        const bytes = effect.stage === 'CREATE' ? Buffer.alloc(0) : old?.bytes;
        // As in a real DataNode, a replica must have every byte that the writer takes as acked, a finished one no more.
        if (effect.stage === 'APPEND' && bytes?.length !== bytesAcked) throw new Error(`${node} was written to before`);
        if (!bytes || bytes.length < bytesAcked) throw new Error(`${node} lacks acked bytes of block ${block.blockId}`);
        const generationStamp = effect.newGenerationStamp || block.generationStamp;
        this.#replicas.set(`${node}${block.blockId}`, { generationStamp, bytes });
      }
      this.#connection = { number, nodes, blockId: block.blockId };
      return [{ kind: 'connected', connection: number }];
    });
  }

  #deliver(connection: Connection, packet: { seqno: number; offsetInBlock: number; data: Buffer }): PipelineEvent[] {
    const replies: Status[] = [];
    for (const node of connection.nodes) {
      const replica = this.replica(node, connection.blockId);
      if (!this.alive.has(node) || !replica) {
        replies.push(Status.ERROR);
        break;
      }
      replica.bytes = Buffer.concat([replica.bytes.subarray(0, packet.offsetInBlock), packet.data]);
      replies.push(Status.SUCCESS);
    }
    return [{ kind: 'ack', connection: connection.number, seqno: packet.seqno, replies }];
  }
}

function place(letter: string): PipelineNode {
  return { info: datanode(letter), storageType: StorageTypeProto.DISK, storageId: `DS-${letter}` };
}

function writeFile(choices: readonly number[], policy: 'DEFAULT' | 'ALWAYS' | 'NEVER', startOffset = 0) {
  const model = new Model();
  const append = startOffset > 0 ? model.beginAppend(DATA.subarray(0, startOffset)) : undefined;
  const pipeline = new WritePipeline({
    replication: 3,
    packetsInFlightMax: 4,
    replaceDatanode: { policy, bestEffort: true, nodesMin: 0 },
    setupRetries: 6,
    locateRetries: 5,
    locateDelayMs: 400,
    heartbeatIntervalMs: Number.POSITIVE_INFINITY,
    datanodeRestartTimeoutMs: 30_000,
    excludeMs: Number.POSITIVE_INFINITY,
    isLocal: () => false,
    append,
  });
  const sizes = { blockSizeBytes: BLOCK_BYTES, packetSizeBytes: 512, bytesPerChecksum: 512 };
  const cutter = new PacketCutter({ ...sizes, startOffset });
  const packets = [...cutter.cut(DATA.subarray(startOffset)), ...cutter.close()];
  const step = (event: PipelineEvent) => {
    for (const effect of pipeline.step(event, 0)) model.perform(effect);
    model.maxUnacked = Math.max(model.maxUnacked, pipeline.queued.data + pipeline.queued.ack);
  };
  let closeAsked = false;
  for (let turn = 0; model.outcome === undefined; turn++) {
    if (turn > 10_000) throw new Error(`stuck in ${pipeline.stage}`);
    const choice = choices[turn % choices.length] ?? 0;
    if (choice < NODES.length && turn < choices.length) for (const e of model.kill(NODES[choice] ?? '')) step(e);
    // Acks keep their order, so the oldest answer comes first. The user's packets come at any time between them.
    if (packets.length > 0 && !pipeline.isFull() && choice % 2 === 0) {
      const packet = packets.shift();
      if (packet) step({ kind: 'packet', packet: { ...packet, checksums: Buffer.alloc(0) } });
    } else if (packets.length === 0 && !closeAsked) {
      closeAsked = true;
      step({ kind: 'close' });
    } else if (model.pending.length > 0) for (const event of model.pending.shift()?.() ?? []) step(event);
    else if (packets.length > 0) {
      const packet = packets.shift();
      if (packet) step({ kind: 'packet', packet: { ...packet, checksums: Buffer.alloc(0) } });
    }
  }
  return model;
}

describe('WritePipeline against a model of the cluster', () => {
  // The numbers 0 to 5 kill a node; larger numbers only change the order.
  const choices = fc.array(
    fc.oneof({ weight: 1, arbitrary: fc.nat(5) }, { weight: 12, arbitrary: fc.integer({ min: 6, max: 99 }) }),
    {
      minLength: 20,
      maxLength: 120,
    },
  );

  const cases = (['DEFAULT', 'ALWAYS', 'NEVER'] as const).flatMap((policy) => [
    { policy, startOffset: 0 },
    { policy, startOffset: APPEND_FROM },
  ]);
  it.each(cases)('$policy, from byte $startOffset: a closed file is whole, whoever dies', ({ policy, startOffset }) => {
    let closed = 0;
    fc.assert(
      fc.property(choices, (order) => {
        const model = writeFile(order, policy, startOffset);
        expect(model.maxUnacked).toBeLessThanOrEqual(4);
        if (model.outcome !== 'closed') return;
        closed++;
        const blocks = model.finished.map(({ blockId, generationStamp, length }) => {
          const replicas = NODES.flatMap((n) => model.replica(n, blockId) ?? []).filter(
            (r) => r.generationStamp === generationStamp,
          );
          expect(replicas.length).toBeGreaterThan(0);
          for (const replica of replicas) {
            expect(replica.bytes).toHaveLength(length);
            expect(replica.bytes.equals(replicas[0]?.bytes ?? Buffer.alloc(0))).toBe(true);
          }
          return replicas[0]?.bytes ?? Buffer.alloc(0);
        });
        expect(Buffer.concat(blocks).equals(DATA)).toBe(true);
      }),
      { numRuns: 300 },
    );
    expect(closed).toBeGreaterThan(100);
  });
});
