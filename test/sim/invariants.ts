import type { Cluster } from './cluster.ts';
import type { SimProcess } from './process.ts';
import { type DiskReplica, replicasOn } from './replicas.ts';
import type { World } from './world.ts';

interface ReplicaFact {
  readonly kind: string;
  readonly blockId: number;
  readonly generationStamp: number;
  readonly bytesOnDisk: number;
  readonly bytesAcked?: number;
  readonly bytesReceived?: number;
}

/** The transitions that Hadoop's replicas make (`-` for none yet), by event. */
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

/** What holds at every event: seen by probes in the programs' code, and on the disks. */
export class Invariants {
  readonly #cluster: Cluster;
  readonly #world: World;
  /** Generation stamps that clients heard of, by stamp. */
  readonly #stamps = new Map<number, number>();
  readonly #blockOwners = new Map<number, unknown>();
  readonly #stages = new WeakMap<object, string>();

  constructor(cluster: Cluster) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#world.onProbe = (process, what, ...facts) => {
      if (what === 'replica')
        this.#replica(process, ...(facts as [ReplicaFact | undefined, { type: string }, ReplicaFact]));
      else if (what === 'pipeline') this.#pipeline(...(facts as [{ stage: string }, { kind: string }]));
      else if (what === 'namesystem')
        this.#namesystem(...(facts as [string, { ok: boolean; error?: { code?: string } }]));
    };
  }

  #replica(process: SimProcess, before: ReplicaFact | undefined, event: { type: string }, after: ReplicaFact): void {
    const name = `${before?.kind ?? '-'} ${event.type} ${after.kind}`;
    this.#world.coverage.hit(`replica ${name.replace(/ /g, '>')}`);
    if (!LEGAL_REPLICA.has(name))
      this.#world.fail(`${process.name}: blk_${after.blockId}: ${name} is no legal transition`);
    if (before !== undefined && after.generationStamp < before.generationStamp && event.type !== 'createTemporary') {
      this.#world.fail(`${process.name}: blk_${after.blockId}: the generation stamp goes back by ${event.type}`);
    }
    const { bytesAcked = 0, bytesOnDisk, bytesReceived = bytesOnDisk } = after;
    if (bytesAcked > bytesOnDisk || bytesOnDisk > bytesReceived) {
      this.#world.fail(
        `${process.name}: blk_${after.blockId}: acked ${bytesAcked} <= on disk ${bytesOnDisk} <= received ${bytesReceived} does not hold after ${event.type}`,
      );
    }
  }

  #pipeline(pipeline: { readonly stage: string }, event: { readonly kind: string }): void {
    const before = this.#stages.get(pipeline) ?? 'IDLE';
    const after = pipeline.stage;
    this.#stages.set(pipeline, after);
    if (before !== after) this.#world.coverage.hit(`pipeline ${before}>${event.kind}>${after}`);
    const heard = event as {
      allocated?: { block: { blockId: number; generationStamp: number } };
      generationStamp?: number;
    };
    if (event.kind === 'blockAdded' && heard.allocated !== undefined) {
      const { blockId, generationStamp } = heard.allocated.block;
      const owner = this.#blockOwners.get(blockId) ?? pipeline;
      this.#blockOwners.set(blockId, owner);
      if (owner !== pipeline) this.#world.fail(`block id ${blockId} was given out twice`);
      this.#hear(generationStamp, blockId);
    }
    if (event.kind === 'stamped' && heard.generationStamp !== undefined) this.#hear(heard.generationStamp, undefined);
  }

  #hear(stamp: number, blockId: number | undefined): void {
    const known = this.#stamps.get(stamp);
    if (known !== undefined && known !== blockId) this.#world.fail(`generation stamp ${stamp} was given out twice`);
    this.#stamps.set(stamp, blockId ?? -1);
  }

  #namesystem(
    op: string,
    outcome: { readonly ok: boolean; readonly error?: { readonly code?: string; message?: string } },
  ): void {
    this.#world.coverage.hit(`namenode ${op}${outcome.ok ? '' : `:${outcome.error?.code ?? 'bug'}`}`);
    if (!outcome.ok && outcome.error?.code === undefined) {
      this.#world.fail(`nn: ${op} failed with what is no error of Hadoop's: ${String(outcome.error)}`);
    }
  }

  /** Finalized replicas of one generation are the same; `except` has rotten or torn ones. */
  checkDisks(except: (replica: DiskReplica) => boolean): void {
    const first = new Map<string, DiskReplica>();
    for (const replica of this.#cluster.datanodes.flatMap(replicasOn)) {
      if (replica.directory !== 'finalized' || replica.generationStamp === 0 || except(replica)) continue;
      const name = `blk_${replica.blockId}_${replica.generationStamp}`;
      const other = first.get(name);
      if (other === undefined) first.set(name, replica);
      else if (!other.file.bytes.equals(replica.file.bytes)) {
        const lengths = `${other.file.bytes.length} and ${replica.file.bytes.length} bytes`;
        this.#world.fail(`${name} differs on ${other.machine.name} and ${replica.machine.name}: ${lengths}`);
      }
    }
  }
}
