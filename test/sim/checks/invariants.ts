// Checks the promises that must hold at every event, through probes and on the disks.
import { type Cluster, NAMENODE_PORT } from '../world/cluster.ts';
import type { Machine, SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import type { Model, ModelFile } from './model.ts';
import { type DiskReplica, replicasOn } from './replicas.ts';

interface ReplicaFact {
  readonly kind: string;
  readonly blockId: number;
  readonly generationStamp: number;
  readonly bytesOnDisk: number;
  readonly bytesAcked?: number;
  readonly bytesReceived?: number;
}

/** The legal transitions of Hadoop's replicas, as `before event after`; `-` stands for a replica not made yet. */
const LEGAL_REPLICA = new Set([
  '- createRbw RBW',
  '- createTemporary TEMPORARY',
  'FINALIZED createTemporary TEMPORARY',
  'RWR createTemporary TEMPORARY',
  'RBW createTemporary TEMPORARY',
  'RUR createTemporary TEMPORARY',
  'TEMPORARY createTemporary TEMPORARY',
  'RBW receive RBW',
  'RBW write RBW',
  'RBW ack RBW',
  'RBW stopWriter RBW',
  'TEMPORARY receive TEMPORARY',
  'TEMPORARY write TEMPORARY',
  'TEMPORARY ack TEMPORARY',
  'TEMPORARY stopWriter TEMPORARY',
  'FINALIZED stopWriter FINALIZED',
  'RWR stopWriter RWR',
  'RUR stopWriter RUR',
  'RBW finalize FINALIZED',
  'TEMPORARY finalize FINALIZED',
  'RUR finalize FINALIZED',
  'FINALIZED finalize FINALIZED',
  'TEMPORARY convertToRbw RBW',
  'RBW recoverRbw RBW',
  'FINALIZED append RBW',
  'FINALIZED recoverAppend RBW',
  'RBW recoverAppend RBW',
  'FINALIZED recoverClose FINALIZED',
  'RBW recoverClose FINALIZED',
  'FINALIZED beginRecovery RUR',
  'RBW beginRecovery RUR',
  'RWR beginRecovery RUR',
  'RUR beginRecovery RUR',
  'RUR endRecovery FINALIZED',
]);

/** A call of RPC: the name of its response's type, and the port of the server. */
interface CallFact {
  readonly name: string;
  readonly port: number;
}

type BlockVersion = Pick<ReplicaFact, 'blockId' | 'generationStamp'>;

interface NamesystemCommand {
  readonly op: string;
  readonly id?: { readonly ipAddr: string };
  readonly path?: string;
  readonly block?: { readonly blockId: number };
}

interface NamesystemOutcome {
  readonly ok: boolean;
  readonly value?: { readonly b: { readonly blockId: number } };
  readonly error?: { readonly code?: string; readonly message?: string };
}

/** Rounds of all loops together, within one instant of simulated time, above which a loop does not wait. */
const TURNS_MAX = 1000;

/** Checks at every event, through probes in the programs' code and on the disks, that the promises hold. */
export class Invariants {
  readonly #cluster: Cluster;
  readonly #world: World;
  /** Block id of each generation stamp that a client was given; -1 for a stamp that came without a block. */
  readonly #stamps = new Map<number, number>();
  readonly #blockOwners = new Map<number, unknown>();
  readonly #stages = new WeakMap<object, string>();

  #turnsMs = 0;
  #turns = 0;

  /** File of each block id. */
  readonly #files = new Map<number, ModelFile>();
  readonly #model: Model;
  readonly #mayDestroy: boolean;

  /** @param mayDestroy whether faults destroy replicas that no DataNode removed */
  constructor(cluster: Cluster, model: Model, mayDestroy: boolean) {
    this.#cluster = cluster;
    this.#model = model;
    this.#mayDestroy = mayDestroy;
    this.#world = cluster.world;
    this.#world.onProbe = (process, what, ...facts) => {
      if (what === 'turn') this.#turn(process);
      else if (what === 'lastAck') this.#lastAck(process, facts[0] as ReplicaFact);
      else if (what === 'removed') this.#removed(process, facts[0] as ReplicaFact);
      else if (what === 'future') this.#future(process, facts[0] as { id: number; genStamp: number });
      else if (what === 'nameDirectories') this.#cluster.activeStores = facts[0] as () => readonly string[];
      else if (what === 'decommissioned') this.#decommissioned(...(facts as [string, readonly number[]]));
      else if (what === 'callBegins') this.#world.latency.begin(facts[0] as CallFact);
      else if (what === 'callEnds') this.#called(process, facts[0] as CallFact);
      else if (what === 'replica')
        this.#replica(process, ...(facts as [ReplicaFact | undefined, { type: string }, ReplicaFact]));
      else if (what === 'pipeline') this.#pipeline(...(facts as [{ stage: string }, { kind: string }]));
      else if (what === 'namesystem') this.#namesystem(...(facts as [NamesystemCommand, NamesystemOutcome]));
    };
  }

  #replica(process: SimProcess, before: ReplicaFact | undefined, event: { type: string }, after: ReplicaFact): void {
    const name = `${before?.kind ?? '-'} ${event.type} ${after.kind}`;
    this.#world.coverage.hit(`replica ${name.replace(/ /g, '>')}`);
    const { blockId } = after;
    if (before === undefined && !this.#cluster.datanodes.includes(process.machine))
      this.#world.fail(
        'copies-are-refused',
        `${process.name}: is given blk_${blockId}, and runs on a copied directory`,
      );
    if (!LEGAL_REPLICA.has(name)) {
      this.#world.fail('replica-states-are-legal', `${process.name}: blk_${blockId}: ${name} is no legal transition`);
    }
    if (before !== undefined && after.generationStamp < before.generationStamp && event.type !== 'createTemporary') {
      const message = `${process.name}: blk_${blockId}: the generation stamp goes back by ${event.type}`;
      this.#world.fail('replica-stamps-grow', message);
    }
    const { bytesAcked = 0, bytesOnDisk, bytesReceived = bytesOnDisk } = after;
    if (bytesAcked > bytesOnDisk || bytesOnDisk > bytesReceived) {
      this.#world.fail(
        'replica-lengths-are-ordered',
        `${process.name}: blk_${blockId}: acked ${bytesAcked} <= on disk ${bytesOnDisk} <= received ${bytesReceived} does not hold after ${event.type}`,
      );
    }
  }

  #called({ name }: SimProcess, call: CallFact): void {
    if (call.port === NAMENODE_PORT)
      this.#world.latency.end(call, name, call.name.replace('ResponseProto', ''), 'call');
  }

  #lastAck({ name }: SimProcess, { kind, blockId }: ReplicaFact): void {
    // A block recovery may have begun since.
    if (kind === 'FINALIZED' || kind === 'RUR') return;
    this.#world.fail('last-ack-means-final', `${name}: sends the last ack of blk_${blockId}, which is ${kind}`);
  }

  /**
   * Counts a round of a loop.
   * @throws Error if the loop does not wait between rounds, because no other event could run
   */
  #turn(process: SimProcess): void {
    const { nowMs } = this.#world;
    this.#turns = nowMs === this.#turnsMs ? this.#turns + 1 : 1;
    this.#turnsMs = nowMs;
    if (this.#turns < TURNS_MAX) return;
    this.#world.fail('loops-wait', `${process.name}: goes round and round without waiting`);
    process.end();
    throw new Error('goes round and round');
  }

  #pipeline(pipeline: { readonly stage: string }, event: { readonly kind: string }): void {
    const before = this.#stages.get(pipeline) ?? 'IDLE';
    const after = pipeline.stage;
    this.#stages.set(pipeline, after);
    if (before !== after) {
      this.#world.coverage.hit(`pipeline ${before}>${event.kind}>${after}`);
      for (const watcher of this.#cluster.watchers) watcher.pipelineEnters?.(after);
    }
    if (after === 'UPDATING_PIPELINE' && event.kind === 'ack') this.#world.coverage.hit('pipeline early-ack');
    const heard = event as {
      allocated?: { block: { blockId: number; generationStamp: number } };
      generationStamp?: number;
    };
    if (event.kind === 'blockAdded' && heard.allocated !== undefined) {
      const { blockId, generationStamp } = heard.allocated.block;
      const owner = this.#blockOwners.get(blockId) ?? pipeline;
      this.#blockOwners.set(blockId, owner);
      if (owner !== pipeline) this.#world.fail('block-ids-are-new', `block id ${blockId} was given out twice`);
      this.#hear(generationStamp, blockId);
    }
    if (event.kind === 'stamped' && heard.generationStamp !== undefined) this.#hear(heard.generationStamp, undefined);
  }

  #hear(stamp: number, blockId: number | undefined): void {
    const known = this.#stamps.get(stamp);
    if (known !== undefined && known !== blockId)
      this.#world.fail('generation-stamps-are-new', `generation stamp ${stamp} was given out twice`);
    this.#stamps.set(stamp, blockId ?? -1);
  }

  /**
   * Allows numbers to be given out again that are in no replica: after an old copy of the name directory was put back,
   * nobody can know of them.
   */
  forgetUnreported(): void {
    const replicas = this.#cluster.datanodes.flatMap(replicasOn).filter(({ directory }) => directory !== 'tmp');
    const ids = new Set(replicas.map(({ blockId }) => blockId));
    const stamps = new Set(replicas.map(({ generationStamp }) => generationStamp));
    for (const id of [...this.#blockOwners.keys()]) if (!ids.has(id)) this.#blockOwners.delete(id);
    for (const stamp of [...this.#stamps.keys()]) if (!stamps.has(stamp)) this.#stamps.delete(stamp);
  }

  /** Checks that a replica with numbers beyond the counters was reported only because an old copy was put back. */
  #future({ name }: SimProcess, { id, genStamp }: { readonly id: number; readonly genStamp: number }): void {
    if (this.#cluster.hasOldCopy) return;
    this.#world.fail('numbers-are-durable-first', `${name}: blk_${id}_${genStamp} is reported, and was never assigned`);
  }

  #namesystem(command: NamesystemCommand, outcome: NamesystemOutcome): void {
    const { op } = command;
    this.#world.coverage.hit(`namenode ${op}${outcome.ok ? '' : `:${outcome.error?.code}`}`);
    if (!outcome.ok) return;
    if (op === 'registerDatanode') {
      for (const watcher of this.#cluster.watchers) watcher.registers?.(command.id?.ipAddr ?? '');
    }
    if (op === 'abandonBlock' && command.block !== undefined) this.#files.delete(command.block.blockId);
    const file = this.#model.files.find((f) => f.path === command.path);
    if (op === 'addBlock' && outcome.value !== undefined && file !== undefined) {
      this.#files.set(outcome.value.b.blockId, file);
    }
  }

  /**
   * Checks that a DataNode removes a replica only while enough others exist: neither a move by the balancer nor the
   * removal of excess replicas may leave a closed file with fewer replicas than it asks for.
   */
  #removed({ machine, name }: SimProcess, { kind, blockId, generationStamp, bytesOnDisk }: ReplicaFact): void {
    if (kind !== 'FINALIZED' || bytesOnDisk === 0) return;
    this.#givenUp(machine, { blockId, generationStamp }, `${name}: gives up`);
  }

  /**
   * Checks that a DataNode is decommissioned only when enough other replicas exist of each block that it has for the
   * NameNode: from then on it may be taken away with its disks.
   */
  #decommissioned(ip: string, blockIds: readonly number[]): void {
    const machine = this.#cluster.datanodes.find((datanode) => datanode.ip === ip);
    if (machine === undefined) return;
    for (const replica of replicasOn(machine)) {
      if (replica.directory !== 'finalized' || !blockIds.includes(replica.blockId)) continue;
      this.#givenUp(machine, replica, `${machine.name}: is decommissioned with`);
    }
  }

  /** Checks that enough other replicas of a closed file's block exist when one is given up. */
  #givenUp(owner: Machine, { blockId, generationStamp }: BlockVersion, what: string): void {
    const file = this.#files.get(blockId);
    if (this.#mayDestroy || file === undefined) return;
    if (file.existence !== 'yes' || file.closedBytes === undefined || file.wasCut) return;
    const { datanodes } = this.#cluster;
    const others = datanodes
      .filter((machine) => machine !== owner)
      .flatMap(replicasOn)
      .filter((r) => r.blockId === blockId && r.directory === 'finalized');
    if (others.some((r) => r.generationStamp > generationStamp)) return;
    const left = others.filter((r) => r.generationStamp === generationStamp).length;
    const wanted = Math.min(file.leastReplication, datanodes.length);
    if (left >= wanted) return;
    this.#world.fail(
      'enough-replicas-are-kept',
      `${what} blk_${blockId}, of which ${left} replicas are left, not ${wanted}`,
    );
  }

  /**
   * Checks that finalized replicas of one generation are equal.
   * @param except tells which replicas are rotten or torn
   */
  checkDisks(except: (replica: DiskReplica) => boolean): void {
    const first = new Map<string, DiskReplica>();
    for (const replica of this.#cluster.datanodes.flatMap(replicasOn)) {
      if (replica.directory !== 'finalized' || replica.generationStamp === 0 || except(replica)) continue;
      const name = `blk_${replica.blockId}_${replica.generationStamp}`;
      const other = first.get(name);
      if (other === undefined) first.set(name, replica);
      else if (!other.file.bytes.equals(replica.file.bytes)) {
        const lengths = `${other.file.bytes.length} and ${replica.file.bytes.length} bytes`;
        this.#world.fail(
          'finalized-replicas-agree',
          `${name} differs on ${other.machine.name} and ${replica.machine.name}: ${lengths}`,
        );
      }
    }
  }
}
