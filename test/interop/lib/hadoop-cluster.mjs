// Runs daemons of the real Hadoop, on free ports of 127.0.0.1.

import fs from 'node:fs';
import path from 'node:path';
import { javaArgs, lib } from './hadoop-install.mjs';
import { Daemon, freePorts, runOk, waitFor } from './processes.mjs';
import { java } from './tools.mjs';

export const NAMENODE = 'org.apache.hadoop.hdfs.server.namenode.NameNode';
const DATANODE = 'org.apache.hadoop.hdfs.server.datanode.DataNode';
const RESOURCE_MANAGER = 'org.apache.hadoop.yarn.server.resourcemanager.ResourceManager';
const NODE_MANAGER = 'org.apache.hadoop.yarn.server.nodemanager.NodeManager';
/** Writes Hadoop configuration files. @param files properties by file name without `.xml` */
export function writeConf(dir, files) {
  fs.mkdirSync(dir, { recursive: true });
  const escapeXml = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  for (const [name, values] of Object.entries(files)) {
    const rows = Object.entries(values).map(
      ([k, v]) => `  <property><name>${k}</name><value>${escapeXml(v)}</value></property>\n`,
    );
    fs.writeFileSync(path.join(dir, `${name}.xml`), `<configuration>\n${rows.join('')}</configuration>\n`);
  }
}

/** Starts one DataNode of the real Hadoop, on free ports, for the NameNode that `confDir` names. */
export function startRealDataNode(name, dir, confDir, { heapMb = 512, ports = { data: 0, http: 0, ipc: 0 } } = {}) {
  const args = [
    `-Ddfs.datanode.data.dir=${path.join(dir, name)}`,
    `-Ddfs.datanode.address=127.0.0.1:${ports.data}`,
    `-Ddfs.datanode.http.address=127.0.0.1:${ports.http}`,
    `-Ddfs.datanode.ipc.address=127.0.0.1:${ports.ipc}`,
  ];
  return new Daemon(`Hadoop DataNode ${name}`, java, javaArgs(confDir, DATANODE, args, { heapMb }), {
    logFile: path.join(dir, 'logs', `${name}.log`),
  });
}

/** A cluster of the real Hadoop in `dir`. Tests may delete all of its data. */
export class HadoopCluster {
  #daemons = [];

  constructor(dir, { datanodes = 3, heapMb = 512, conf = {} } = {}) {
    Object.assign(this, { dir, heapMb, datanodes, conf, confDir: path.join(dir, 'conf') });
  }

  async start() {
    const [rpc, http] = await freePorts(2);
    this.uri = `hdfs://127.0.0.1:${rpc}`;
    this.httpUrl = `http://127.0.0.1:${http}`;
    writeConf(this.confDir, {
      'core-site': {
        'fs.defaultFS': this.uri,
        'hadoop.tmp.dir': path.join(this.dir, 'tmp'),
        'hadoop.http.authentication.signature.secret.file': path.join(this.dir, 'no-secret'),
      },
      'hdfs-site': {
        'dfs.namenode.name.dir': path.join(this.dir, 'name'),
        'dfs.namenode.rpc-address': `127.0.0.1:${rpc}`,
        'dfs.namenode.http-address': `127.0.0.1:${http}`,
        'dfs.replication': 3,
        'dfs.namenode.fs-limits.min-block-size': 0,
        ...this.conf,
      },
    });
    await runOk(java, javaArgs(this.confDir, NAMENODE, ['-format', '-force', '-nonInteractive']));
    this.namenode = this.#spawn('namenode', NAMENODE);
    for (let i = 1; i <= this.datanodes; i++) {
      this.#daemons.push(await startRealDataNode(`data${i}`, this.dir, this.confDir, { heapMb: this.heapMb }));
    }
    await this.waitForDataNodes(this.datanodes);
    return this;
  }

  #spawn(name, className, args = []) {
    const daemon = new Daemon(
      `Hadoop ${name}`,
      java,
      javaArgs(this.confDir, className, args, { heapMb: this.heapMb }),
      {
        logFile: path.join(this.dir, 'logs', `${name}.log`),
      },
    );
    this.#daemons.push(daemon);
    return daemon;
  }

  get processIds() {
    return this.#daemons.map((d) => d.pid);
  }

  async jmx(name) {
    const response = await fetch(`${this.httpUrl}/jmx?qry=Hadoop:service=NameNode,name=${name}`);
    return (await response.json()).beans[0];
  }

  /** Waits until `count` DataNodes are live and safe mode is off. */
  async waitForDataNodes(count) {
    await waitFor(
      `${count} live DataNodes`,
      async () => {
        const state = await this.jmx('FSNamesystemState');
        return state.NumLiveDataNodes >= count && state.FSState === 'Operational';
      },
      { daemons: this.#daemons, timeoutMs: 180_000 },
    );
  }

  /** Returns the process of the DataNode with a uuid. */
  dataNodeOf(uuid) {
    return this.#daemons.find(({ name }) => {
      const version = path.join(this.dir, name.split(' ').at(-1), 'current', 'VERSION');
      return fs.existsSync(version) && fs.readFileSync(version, 'utf8').includes(`datanodeUuid=${uuid}`);
    });
  }

  /** Kills a DataNode, as a crash would. */
  async endDataNode(index) {
    await this.#daemons.find((d) => d.name.endsWith(`data${index + 1}`)).kill();
  }

  /** Starts a ResourceManager and one NodeManager, with the MapReduce shuffle service. */
  async startYarn() {
    const ports = await freePorts(9);
    const [resourceManager, scheduler, tracker, admin, web, node, localizer, nodeWeb, shuffle] = ports.map(
      (p) => `127.0.0.1:${p}`,
    );
    const heap = (mb) => `-Xmx${mb}m --add-opens=java.base/java.lang=ALL-UNNAMED`;
    writeConf(this.confDir, {
      'mapred-site': {
        'mapreduce.framework.name': 'yarn',
        'mapreduce.application.classpath': path.join(lib, '*'),
        'mapreduce.shuffle.port': shuffle.split(':')[1],
        'yarn.app.mapreduce.am.staging-dir': '/tmp/staging',
        'yarn.app.mapreduce.am.resource.mb': 512,
        'yarn.app.mapreduce.am.command-opts': heap(400),
        'mapreduce.map.memory.mb': 1024,
        'mapreduce.map.java.opts': heap(800),
        'mapreduce.reduce.memory.mb': 1024,
        'mapreduce.reduce.java.opts': heap(800),
      },
      'yarn-site': {
        'yarn.resourcemanager.hostname': '127.0.0.1',
        'yarn.resourcemanager.address': resourceManager,
        'yarn.resourcemanager.scheduler.address': scheduler,
        'yarn.resourcemanager.resource-tracker.address': tracker,
        'yarn.resourcemanager.admin.address': admin,
        'yarn.resourcemanager.webapp.address': web,
        'yarn.nodemanager.address': node,
        'yarn.nodemanager.localizer.address': localizer,
        'yarn.nodemanager.webapp.address': nodeWeb,
        'yarn.nodemanager.aux-services': 'mapreduce_shuffle',
        'yarn.application.classpath': path.join(lib, '*'),
        'yarn.nodemanager.resource.memory-mb': 8192,
        'yarn.nodemanager.resource.cpu-vcores': 8,
        'yarn.nodemanager.vmem-check-enabled': false,
        'yarn.nodemanager.pmem-check-enabled': false,
        'yarn.nodemanager.disk-health-checker.enable': false,
        'yarn.scheduler.minimum-allocation-mb': 256,
        'yarn.nodemanager.local-dirs': path.join(this.dir, 'nm-local'),
        'yarn.nodemanager.log-dirs': path.join(this.dir, 'nm-logs'),
      },
      'capacity-scheduler': {
        'yarn.scheduler.capacity.root.queues': 'default',
        'yarn.scheduler.capacity.root.default.capacity': 100,
        'yarn.scheduler.capacity.maximum-am-resource-percent': 0.8,
      },
    });
    this.#spawn('resourcemanager', RESOURCE_MANAGER);
    this.#spawn('nodemanager', NODE_MANAGER);
    await waitFor(
      'the NodeManager',
      async () => {
        const { clusterMetrics } = await (await fetch(`http://${web}/ws/v1/cluster/metrics`)).json();
        return clusterMetrics.activeNodes === 1;
      },
      { daemons: this.#daemons, timeoutMs: 180_000 },
    );
  }

  async stop() {
    await Promise.all(this.#daemons.splice(0).map((d) => d.stop()));
  }
}
