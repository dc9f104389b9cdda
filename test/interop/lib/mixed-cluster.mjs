// Runs a cluster with DataNodes of Hadoop and of Calf under a NameNode of either, whose DataNodes can be killed and
// started again.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { calfCommand, startCalfDaemon } from './calf-cluster.mjs';
import { NAMENODE, startRealDataNode, writeConf } from './hadoop-cluster.mjs';
import { javaArgs } from './hadoop-install.mjs';
import { Daemon, freePorts, runOk, waitFor } from './processes.mjs';
import { java, projectDir } from './tools.mjs';

const { Configuration, DistributedFileSystem } = await import(
  pathToFileURL(path.join(projectDir, 'dist', 'index.js')).href
);

/** One DataNode, on free ports. Its data directory outlives its process. */
class Member {
  /** Data transfer port in the NameNode's last report. */
  xferPort;

  constructor(cluster, kind, name) {
    Object.assign(this, { cluster, kind, name, dir: path.join(cluster.dir, name) });
  }

  start(ports = { data: 0, http: 0, ipc: 0 }) {
    const { confDir } = this.cluster;
    fs.mkdirSync(this.dir, { recursive: true });
    this.daemon =
      this.kind === 'hadoop'
        ? startRealDataNode('data', this.dir, confDir, { heapMb: 256, ports })
        : startCalfDaemon('datanode', this.name, this.dir, confDir, {
            'dfs.datanode.address': `127.0.0.1:${ports.data}`,
            'dfs.datanode.ipc.address': `127.0.0.1:${ports.ipc}`,
            'dfs.datanode.http.address': `127.0.0.1:${ports.http}`,
            'dfs.datanode.data.dir': path.join(this.dir, 'data'),
          });
  }

  get uuid() {
    const file = path.join(this.dir, 'data', 'current', 'VERSION');
    return fs.readFileSync(file, 'utf8').match(/^datanodeUuid=(.*)$/m)[1];
  }
}

export class MixedCluster {
  /** @param {'calf' | 'hadoop'} namenode */
  constructor(dir, namenode, { kinds = ['calf', 'hadoop', 'calf', 'hadoop'], conf = {} } = {}) {
    Object.assign(this, { dir, kind: namenode, confDir: path.join(dir, 'conf'), conf });
    this.members = kinds.map((kind, i) => new Member(this, kind, `${kind}${i + 1}`));
  }

  async start() {
    const [rpc, http] = await freePorts(2);
    this.uri = `hdfs://127.0.0.1:${rpc}`;
    writeConf(this.confDir, {
      'core-site': { 'fs.defaultFS': this.uri, 'hadoop.tmp.dir': path.join(this.dir, 'tmp') },
      'hdfs-site': {
        'dfs.namenode.name.dir': path.join(this.dir, 'name'),
        'dfs.namenode.rpc-address': `127.0.0.1:${rpc}`,
        'dfs.namenode.http-address': `127.0.0.1:${http}`,
        'dfs.replication': 3,
        'dfs.blocksize': 1 << 20,
        'dfs.namenode.fs-limits.min-block-size': 0,
        // With so few DataNodes, one connection above the average would make a DataNode too busy to be a replacement.
        'dfs.namenode.redundancy.considerLoad': false,
        // A DataNode is dead after 12 seconds.
        // A busy machine may need longer than 30 s to start a JVM.
        'dfs.client.datanode-restart.timeout': 120,
        'dfs.heartbeat.interval': 1,
        'dfs.namenode.heartbeat.recheck-interval': 1000,
        'dfs.namenode.redundancy.interval.seconds': 1,
        'dfs.namenode.safemode.extension': 0,
        ...this.conf,
      },
    });
    if (this.kind === 'hadoop') {
      await runOk(java, javaArgs(this.confDir, NAMENODE, ['-format', '-force', '-nonInteractive'], { heapMb: 256 }));
    } else {
      await calfCommand('hdfs', this.confDir, ['namenode', '-format']);
    }
    this.startNameNode();
    for (const member of this.members) member.start();
    this.dfs = new DistributedFileSystem({ conf: Configuration.load({ confDir: this.confDir }) });
    await this.waitForMembers(this.members);
    return this;
  }

  startNameNode() {
    const logFile = path.join(this.dir, 'namenode.log');
    this.namenode =
      this.kind === 'hadoop'
        ? new Daemon('NameNode', java, javaArgs(this.confDir, NAMENODE, [], { heapMb: 384 }), { logFile })
        : startCalfDaemon('namenode', 'namenode', this.dir, this.confDir);
  }

  /** Waits until these DataNodes are live, each at a different port than before. */
  async waitForMembers(members) {
    await waitFor(
      'the DataNodes',
      async () => {
        const nodes = await this.dfs.getDatanodeReport('LIVE');
        const ports = new Map(nodes.map(({ id }) => [id.datanodeUuid, id.xferPort]));
        const found = members.map((member) => ports.get(member.uuid));
        if (members.some((member, i) => found[i] === undefined || found[i] === member.xferPort)) return false;
        for (const [i, member] of members.entries()) member.xferPort = found[i];
        return true;
      },
      { daemons: [this.namenode, ...members.map((member) => member.daemon)], timeoutMs: 90_000, intervalMs: 300 },
    );
  }

  member(xferPort) {
    return this.members.find((member) => member.xferPort === xferPort);
  }

  /**
   * Restarts a DataNode at its addresses as for an upgrade, with `dfsadmin -shutdownDatanode` of the other software.
   */
  async restart(member) {
    const nodes = await this.dfs.getDatanodeReport('LIVE');
    const { id } = nodes.find((node) => node.id.datanodeUuid === member.uuid);
    const args = ['-shutdownDatanode', `127.0.0.1:${id.ipcPort}`, 'upgrade'];
    if (member.kind === 'calf') {
      await runOk(java, javaArgs(this.confDir, 'org.apache.hadoop.hdfs.tools.DFSAdmin', args, { heapMb: 256 }));
    } else await calfCommand('hdfs', this.confDir, ['dfsadmin', ...args]);
    await waitFor(`the end of ${member.name}`, () => !member.daemon.running, { timeoutMs: 30_000, intervalMs: 50 });
    member.start({ data: id.xferPort, http: id.infoPort, ipc: id.ipcPort });
  }

  /** Starts the DataNodes that were killed. */
  async revive() {
    const dead = this.members.filter((member) => !member.daemon.running);
    for (const member of dead) member.start();
    await this.waitForMembers(dead);
  }

  /** Returns the end of each daemon's log, to explain a failure. */
  logTails() {
    const daemons = [['NameNode', this.namenode], ...this.members.map((member) => [member.name, member.daemon])];
    return daemons.map(([name, daemon]) => `\n--- ${name}\n${daemon?.logTail() ?? 'never started'}`).join('');
  }

  async stop() {
    await this.dfs?.close();
    await Promise.all([...this.members.map((member) => member.daemon), this.namenode].map((daemon) => daemon?.stop()));
  }
}
