// A simulated cluster: its machines, their configuration, and the programs that run on them.
import type { DistributedFileSystem } from '../../../client/distributed-file-system.ts';
import type { DataNode } from '../../../datanode/datanode.ts';
import type { NameNode } from '../../../namenode/namenode.ts';
import type { Bundle } from '../bundle/bundle.ts';
import { DISK_BYTES } from '../disk/disk.ts';
import { OPEN_LINK } from '../network/network.ts';
import type { Machine, SimProcess } from './process.ts';
import type { World } from './world.ts';

export const NAMENODE_PORT = 8020;

/** Settings with small blocks and short limits: events that take hours in a real cluster take seconds here. */
const PROPERTIES: Readonly<Record<string, string>> = {
  'fs.defaultFS': 'hdfs://10.0.0.1:8020',
  'dfs.namenode.rpc-address': '10.0.0.1:8020',
  'dfs.namenode.http-address': '10.0.0.1:9870',
  'dfs.namenode.fs-limits.min-block-size': '512',
  'dfs.namenode.resource.du.reserved': '4096',
  'dfs.namenode.heartbeat.recheck-interval': '3000',
  'dfs.namenode.stale.datanode.interval': '6000',
  'dfs.namenode.redundancy.interval.seconds': '1s',
  'dfs.namenode.lease-hard-limit-sec': '60s',
  'dfs.namenode.decommission.interval': '1s',
  'dfs.namenode.reconstruction.pending.timeout-sec': '8s',
  'dfs.blockreport.intervalMsec': '20000',
  'dfs.datanode.directoryscan.interval': '30s',
  // The block scanner reads nothing after its first round: see SCANNED.
  'dfs.datanode.scan.period.hours': '1000000',
  'dfs.blocksize': '4096',
  'dfs.client-write-packet-size': '1100',
  'dfs.client.write.max-packets-in-flight': '6',
  // Without synconclose a loss of power may leave finalized replicas of different lengths. A block recovery then fails,
  // as in Hadoop (BlockRecoveryWorker: "Inconsistent size of finalized replicas").
  'dfs.datanode.synconclose': 'true',
  'dfs.heartbeat.interval': '1s',
  'dfs.client.socket-timeout': '4000',
  'dfs.datanode.socket.write.timeout': '8000',
  'dfs.client.datanode-restart.timeout': '3s',
  'dfs.client.retry.window.base': '300',
  'dfs.client.block.write.locateFollowingBlock.initial.delay.ms': '100',
  'dfs.client.write.exclude.nodes.cache.expiry.interval.millis': '5000',
  'dfs.balancer.getBlocks.min-block-size': '1',
  'dfs.balancer.movedWinWidth': '3000',
  'dfs.balancer.max-no-move-interval': '3000',
  'ipc.client.connect.timeout': '2000',
  'ipc.client.rpc-timeout.ms': '10000',
  'ipc.ping.interval': '5000',
};

/** Hadoop's interval of full block reports: within one run, none comes that would repair a lost incremental report. */
export const NO_MORE_REPORTS: Readonly<Record<string, string>> = { 'dfs.blockreport.intervalMsec': '21600000' };

/** A block scanner whose period is 20 s: an hour of it is 40 ms (bundle/probes.ts). */
export const SCANNED: Readonly<Record<string, string>> = { 'dfs.datanode.scan.period.hours': '500' };

let runs = 0;

/** Is told of the starts of all daemons, and of what clients print. */
export interface DaemonWatcher {
  isUp?(machine: Machine): void;
  startFailed?(machine: Machine, reason: string): void;
  /** Is told when the NameNode has registered the DataNode of an address. */
  registers?(ip: string): void;
  /** Is told when a client's write pipeline enters a stage. */
  pipelineEnters?(stage: string): void;
  /** Is told of the warnings that a client prints. */
  warns?(client: Machine, message: string): void;
}

/** Is told what becomes of a daemon that an administrator starts by mistake. */
export interface MistakeWatcher {
  isUp(): void;
  /** Is told why the daemon did not start, or why it ended later. */
  isRefused(reason: string): void;
}

export interface ClusterSizes {
  readonly datanodes: number;
  readonly clients: number;
  readonly racks: number;
  /** Whether the first rack has a single DataNode: blocks written while it is down must be spread once it is back. */
  readonly hasLoneRack?: boolean;
  /** Number of volumes of each DataNode. */
  readonly volumes: number;
  /** Number of directories of dfs.namenode.name.dir; 1 when absent. */
  readonly nameDirectories?: number;
  /** Value of dfs.datanode.failed.volumes.tolerated; when absent, all volumes but one may fail. */
  readonly failedVolumesTolerated?: number;
  /** Settings that replace those of every simulated cluster. */
  readonly properties?: Readonly<Record<string, string>>;
}

/** The machines of a cluster and the programs that run on them. */
export class Cluster {
  readonly world: World;
  readonly namenode: Machine;
  readonly datanodes: Machine[] = [];
  readonly clients: Machine[] = [];
  /** Rack of each DataNode; empty when the cluster has a single rack. */
  readonly racks = new Map<Machine, string>();
  /** Names of the volume directories on each DataNode's disk: the names that FileTree.failedVolumes holds. */
  readonly volumes: readonly string[];
  /** Paths on the NameNode's disk of the directories of dfs.namenode.name.dir. */
  readonly nameDirectories: readonly string[];
  /** Returns the stores that take part in the NameNode that was started last: each lies in a name directory. */
  activeStores: () => readonly string[] = () => [];
  /** Calls that are told when a daemon is up, and when a start has failed. */
  readonly watchers: DaemonWatcher[] = [];
  /** Whether a DataNode keeps running when a volume has failed. */
  readonly toleratesFailures: boolean;
  /** Whether an old copy of the name directory was put back. */
  hasOldCopy = false;
  #properties: Readonly<Record<string, string>>;
  readonly #bundle: Bundle;
  readonly #running = new Map<Machine, NameNode | DataNode>();

  constructor(world: World, bundle: Bundle, sizes: ClusterSizes) {
    this.world = world;
    this.volumes = Array.from({ length: sizes.volumes }, (_, i) => `data${i}`);
    this.nameDirectories = Array.from({ length: sizes.nameDirectories ?? 1 }, (_, i) =>
      i === 0 ? '/name' : `/name${i}`,
    );
    const failedVolumesTolerated = sizes.failedVolumesTolerated ?? sizes.volumes - 1;
    this.toleratesFailures = failedVolumesTolerated > 0;
    this.#properties = {
      ...PROPERTIES,
      'dfs.datanode.failed.volumes.tolerated': String(failedVolumesTolerated),
      ...sizes.properties,
    };
    this.#bundle = bundle;
    this.namenode = world.addMachine('nn', '10.0.0.1');
    for (let i = 0; i < sizes.datanodes; i++) this.datanodes.push(world.addMachine(`dn${i}`, `10.0.0.${11 + i}`));
    for (let i = 0; i < sizes.clients; i++) this.clients.push(world.addMachine(`client${i}`, `10.0.0.${101 + i}`));
    if (sizes.racks > 1)
      for (const [i, machine] of this.datanodes.entries()) {
        this.racks.set(machine, `/r${sizes.hasLoneRack ? Math.min(i, 1) : i % sizes.racks}`);
      }
    const lines = [...this.racks].map(([machine, rack]) => `${machine.ip} ${rack}\n`);
    this.namenode.disk.put('/racks', lines.join(''));
    this.exclude([]);
  }

  /** Sets properties of the daemons and clients that are started from now on. */
  configure(properties: Readonly<Record<string, string>>): void {
    this.#properties = { ...this.#properties, ...properties };
  }

  /** Writes the file of dfs.hosts.exclude. The NameNode obeys it after its next refreshNodes or start. */
  exclude(machines: readonly Machine[]): void {
    this.namenode.disk.put('/exclude', machines.map(({ ip }) => `${ip}\n`).join(''));
  }

  #propertiesOf(machine: Machine): Record<string, string> {
    // Of one length, because some messages on the wire have it: their length decides how long they travel.
    const home = `/run${String(runs++).padStart(8, '0')}`;
    return {
      ...this.#properties,
      'dfs.namenode.name.dir': this.nameDirectories.map((name) => `${home}${name}`).join(','),
      'net.topology.table.file.name': `${home}/racks`,
      'dfs.hosts.exclude': `${home}/exclude`,
      'dfs.datanode.data.dir': this.volumes.map((name) => `${home}/${name}`).join(','),
      'dfs.datanode.address': `${machine.ip}:9866`,
      'dfs.datanode.ipc.address': `${machine.ip}:9867`,
      'dfs.datanode.http.address': `${machine.ip}:9864`,
    };
  }

  /** Starts the daemon of a machine. A start that fails is repeated a while later. */
  start(machine: Machine): void {
    const process = this.world.startProcess(machine);
    this.#running.delete(machine);
    process.after(0, () => this.#run(machine, process));
  }

  #run(machine: Machine, process: SimProcess): void {
    const isNameNode = machine === this.namenode;
    const starting = isNameNode ? this.#startNameNode(process) : this.#startDataNode(process);
    starting.then(
      (daemon) => {
        if (!process.isAlive) return;
        this.#running.set(machine, daemon);
        this.world.note(machine.name, 'is up');
        for (const watcher of this.watchers) watcher.isUp?.(machine);
      },
      (e: unknown) => {
        if (!process.isAlive) return;
        const reason = String(e).replace(/\/run\d+/g, '');
        this.world.note(machine.name, `start failed: ${reason}`);
        for (const watcher of this.watchers) watcher.startFailed?.(machine, reason);
        this.world.coverage.hit(`start ${machine === this.namenode ? 'NameNode' : 'DataNode'}-failed`);
        process.end();
        this.world.scheduler.after(1000, () => {
          if (machine.process === process) this.start(machine);
        });
      },
    );
  }

  async #startNameNode(process: SimProcess): Promise<NameNode> {
    const { NameNode, Configuration } = this.#bundle;
    const namenode = await NameNode.start({ conf: new Configuration(this.#propertiesOf(process.machine)) });
    void namenode.stopped.then((reason) => this.#stopped(process, reason));
    return namenode;
  }

  async #startDataNode(process: SimProcess): Promise<DataNode> {
    const { DataNode, Configuration } = this.#bundle;
    const datanode = await DataNode.start({ conf: new Configuration(this.#propertiesOf(process.machine)) });
    void datanode.stopped.then((reason) => this.#stopped(process, reason));
    return datanode;
  }

  /**
   * Starts the daemon of a machine once more, as an administrator may by mistake: on the directories of the one that runs
   * there, if `isBeside`, or on a machine that is none of the cluster's. Nobody starts it again.
   */
  startByMistake(machine: Machine, isBeside: boolean, watcher: MistakeWatcher): SimProcess {
    const { NameNode, DataNode, Configuration } = this.#bundle;
    const process = this.world.startProcess(machine, isBeside);
    const properties = { ...this.#propertiesOf(machine), ...(isBeside ? portsBeside(machine) : {}) };
    const ended = (reason: unknown): void => {
      if (!process.isAlive) return;
      process.end();
      watcher.isRefused(String(reason).replace(/\/run\d+/g, ''));
    };
    process.after(0, () => {
      const { start } = machine === this.namenode ? NameNode : DataNode;
      start({ conf: new Configuration(properties) }).then((daemon: NameNode | DataNode) => {
        if (!process.isAlive) return;
        watcher.isUp();
        void daemon.stopped.then(ended);
      }, ended);
    });
    return process;
  }

  /** Starts a daemon again that has ended by itself. Only a bug breaks a promise. */
  #stopped(process: SimProcess, reason: Error | undefined): void {
    if (!process.isAlive) return;
    if (reason?.name === 'Bug') this.world.fail('errors-are-hadoops', `${process.name}: ${reason.message}`);
    this.world.note(process.name, `stopped: ${reason?.message ?? 'asked to'}`);
    process.end();
    this.world.scheduler.after(1000, () => {
      if (process.machine.process === process) this.start(process.machine);
    });
  }

  /**
   * Runs a client's program in a new process.
   * @param user user of the client; the superuser when absent
   */
  startClient(machine: Machine, main: (fs: DistributedFileSystem, process: SimProcess) => void, user?: string): void {
    const process = this.world.startProcess(machine);
    process.after(0, () => main(this.#client(process, user), process));
  }

  /** Runs a client's program on a machine beside the process that runs there already. */
  startClientBeside(machine: Machine, main: (fs: DistributedFileSystem) => Promise<void>): void {
    const process = this.world.startProcess(machine, true);
    process.after(0, () => {
      main(this.#client(process)).catch((e: unknown) => this.world.breakDown(e));
    });
  }

  #client(process: SimProcess, user?: string): DistributedFileSystem {
    const { DistributedFileSystem, Configuration } = this.#bundle;
    const warn = (message: string): void => {
      process.log('warn', message);
      for (const watcher of this.watchers) watcher.warns?.(process.machine, message);
    };
    return new DistributedFileSystem({ conf: new Configuration(this.#propertiesOf(process.machine)), warn, user });
  }

  /** Returns the daemon that runs on a machine; undefined if none is up. */
  running(machine: Machine): NameNode | DataNode | undefined {
    return machine.process?.isAlive ? this.#running.get(machine) : undefined;
  }

  /**
   * Undoes all faults: opens every link, makes every disk fast, empty enough and readable, and starts every machine.
   */
  mend(): void {
    this.openLinks();
    for (const { disk } of this.world.machines) {
      disk.slowness = 1;
      disk.stallMs = 0;
      Object.assign(disk.failing, { write: 0, sync: 0, level: 0 });
      disk.capacityBytes = DISK_BYTES;
    }
    for (const machine of [this.namenode, ...this.datanodes]) {
      if (!machine.process?.isAlive) this.start(machine);
    }
  }

  openLinks(): void {
    const { machines, network } = this.world;
    for (const from of machines) for (const to of machines) Object.assign(network.link(from, to), OPEN_LINK);
    network.opened();
  }

  /** Ends every process: the run is over. */
  end(): void {
    for (const machine of this.world.machines) machine.process?.end();
  }
}

/** Settings of a daemon that runs beside another one on its machine. */
const portsBeside = ({ ip }: Machine): Readonly<Record<string, string>> => ({
  'dfs.namenode.rpc-address': `${ip}:8120`,
  'dfs.namenode.http-address': `${ip}:9970`,
  'dfs.datanode.address': `${ip}:9966`,
  'dfs.datanode.ipc.address': `${ip}:9967`,
  'dfs.datanode.http.address': `${ip}:9964`,
});
