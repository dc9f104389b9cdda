// A simulated administrator who decommissions DataNodes.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import { DatanodeInfoProto_AdminState as AdminState } from '../../../protocol/gen/messages.ts';
import type { Cluster } from '../world/cluster.ts';
import type { Machine, SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';

const LOOK_MS = 400;
/** The administrator waits at most this long for a DataNode to be decommissioned. */
const PATIENCE_MS_MAX = 12_000;

/** Decommissions DataNodes, one at a time, and puts each back into service a while later. */
export class Administrator {
  readonly #cluster: Cluster;
  readonly #world: World;
  readonly #machine: Machine;
  /** Whether a decommissioned DataNode comes back with empty disks: the cluster must not need its replicas any more. */
  readonly #empties: boolean;
  #isWorking = false;
  isOver = false;

  constructor(cluster: Cluster, empties: boolean) {
    this.#cluster = cluster;
    this.#world = cluster.world;
    this.#machine = cluster.world.addMachine('admin', '10.0.0.203');
    this.#empties = empties;
  }

  /** Begins a decommission. Returns false if another one is under way. */
  decommission(machine: Machine): boolean {
    if (this.#isWorking) return false;
    this.#isWorking = true;
    this.#cluster.startClient(this.#machine, (fs, process) => void this.#run(machine, fs, process));
    return true;
  }

  async #run(machine: Machine, fs: DistributedFileSystem, process: SimProcess): Promise<void> {
    const { random, coverage } = this.#world;
    const patienceMs = random.next() * PATIENCE_MS_MAX;
    const sleep = (ms: number): Promise<void> => new Promise((resolve) => process.after(ms, resolve));
    /** Writes the exclude list, and repeats refreshNodes until a NameNode that is up has read it. */
    const exclude = async (machines: readonly Machine[]): Promise<void> => {
      this.#cluster.exclude(machines);
      while (!(await settles(fs.call(ClientNamenode.refreshNodes, {})))) await sleep(LOOK_MS);
    };
    this.#world.note('admin', `decommissions ${machine.name}`);
    await exclude([machine]);
    const beganMs = this.#world.nowMs;
    while (!this.isOver && this.#world.nowMs - beganMs < patienceMs) {
      if ((await adminStateOf(fs, machine)) === 'DECOMMISSIONED') {
        this.#world.note('admin', `${machine.name} is decommissioned`);
        coverage.hit('fault decommissioned');
        if (this.#empties) await this.#empty(machine, sleep);
        break;
      }
      await sleep(LOOK_MS);
    }
    await exclude([]);
    this.#world.note('admin', `has ${machine.name} back`);
    this.#isWorking = false;
  }

  async #empty(machine: Machine, sleep: (ms: number) => Promise<void>): Promise<void> {
    machine.process?.end();
    machine.disk.clear();
    this.#world.note(machine.name, 'gets empty disks');
    this.#world.coverage.hit('fault emptied');
    await sleep(this.#world.random.next() * 5000);
    if (!machine.process?.isAlive) this.#cluster.start(machine);
    // Waits for the registration: a DataNode taken back earlier would still count with the replicas it had before.
    while (!isRegistered(this.#cluster.running(machine))) await sleep(LOOK_MS);
  }
}

const isRegistered = (daemon: ReturnType<Cluster['running']>): boolean =>
  daemon !== undefined && 'isRegistered' in daemon && daemon.isRegistered;

/**
 * Returns the admin state that the NameNode reports for a DataNode; undefined if it reports none or does not answer.
 */
export async function adminStateOf(
  fs: DistributedFileSystem,
  machine: Machine,
): Promise<keyof typeof AdminState | undefined> {
  try {
    const datanodes = await fs.getDatanodeReport('LIVE');
    const found = datanodes.find(({ id }) => id.ipAddr === machine.ip);
    return (Object.keys(AdminState) as (keyof typeof AdminState)[]).find(
      (name) => AdminState[name] === found?.adminState,
    );
  } catch (e) {
    if ((e as { code?: string }).code === undefined) throw e;
    return undefined;
  }
}

/**
 * Resolves with true if the call succeeds and false if it is refused. Throws an error that has no code: it is a bug.
 */
const settles = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    (e: unknown) => {
      if ((e as { code?: string }).code === undefined) throw e;
      return false;
    },
  );
