#!/usr/bin/env node
// A real Apache Hadoop 3.4.2 beside the project, from Maven Central: what the proofs and the benchmark compare with.
//   node test/interop/hadoop.mjs install            download the jars (about 100 MB, once)
//   node test/interop/hadoop.mjs start [--yarn]     a NameNode and 3 DataNodes on free ports, until Ctrl-C
//   node test/interop/hadoop.mjs dfs ARGS...        the real `hdfs dfs`, e.g. dfs -fs hdfs://localhost:8020 -ls /
//   node test/interop/hadoop.mjs cmd CLASS ARGS...  any class, e.g. org.apache.hadoop.hdfs.tools.DFSAdmin
// Needs Java 17 and Maven.
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { Daemon, freePorts, run, runOk, waitFor } from './lib/processes.mjs';
import { cacheDir, interopDir, java, missingTool, tempDir } from './lib/tools.mjs';

export const HADOOP_VERSION = '3.4.2';
const home = path.join(cacheDir, `hadoop-${HADOOP_VERSION}`);
const lib = path.join(home, 'lib');
const baseConf = path.join(home, 'conf');
export const examplesJar = path.join(lib, `hadoop-mapreduce-examples-${HADOOP_VERSION}.jar`);

const NAMENODE = 'org.apache.hadoop.hdfs.server.namenode.NameNode';
const DATANODE = 'org.apache.hadoop.hdfs.server.datanode.DataNode';
const RESOURCE_MANAGER = 'org.apache.hadoop.yarn.server.resourcemanager.ResourceManager';
const NODE_MANAGER = 'org.apache.hadoop.yarn.server.nodemanager.NodeManager';
const LOG4J = `log4j.rootLogger=WARN,C
log4j.logger.org.apache.hadoop.util.NativeCodeLoader=ERROR
log4j.appender.C=org.apache.log4j.ConsoleAppender
log4j.appender.C.target=System.err
log4j.appender.C.layout=org.apache.log4j.PatternLayout
log4j.appender.C.layout.ConversionPattern=%d %p %c{2}: %m%n
`;

/** Copies Hadoop's jars from Maven Central into the cache, once. */
export async function install() {
  fs.mkdirSync(baseConf, { recursive: true });
  fs.writeFileSync(path.join(baseConf, 'log4j.properties'), LOG4J);
  const pom = fs.readFileSync(path.join(interopDir, 'lib', 'pom.xml'), 'utf8');
  const done = path.join(home, 'installed-pom.xml'); // written last: a broken download is tried again
  if (fs.existsSync(done) && fs.readFileSync(done, 'utf8') === pom) return;
  fs.rmSync(lib, { recursive: true, force: true });
  fs.writeFileSync(path.join(home, 'pom.xml'), pom);
  await runOk('mvn', ['-q', '-B', '-Dstyle.color=never', 'dependency:copy-dependencies', `-DoutputDirectory=${lib}`], {
    cwd: home, timeoutMs: 900_000,
  });
  fs.renameSync(path.join(home, 'pom.xml'), done);
}

/** The test-sources jar of a Hadoop module, copied from Maven Central once. */
export async function testSourcesJar(module) {
  const dir = path.join(home, 'test-sources');
  const jar = path.join(dir, `${module}-${HADOOP_VERSION}-test-sources.jar`);
  if (!fs.existsSync(jar)) {
    const artifact = `org.apache.hadoop:${module}:${HADOOP_VERSION}:jar:test-sources`;
    await runOk('mvn', ['-q', '-B', '-Dstyle.color=never', 'dependency:copy', `-Dartifact=${artifact}`, `-DoutputDirectory=${dir}`], {
      timeoutMs: 600_000,
    });
  }
  return jar;
}

/** Arguments of `java` that run a class of Hadoop with a configuration directory. */
export function javaArgs(confDir, className, args = [], { heapMb = 512 } = {}) {
  return [
    `-Xmx${heapMb}m`, '-XX:+UseSerialGC', '--add-opens=java.base/java.lang=ALL-UNNAMED',
    `-Dlog4j.configuration=file:${baseConf}/log4j.properties`,
    '-cp', [...(confDir ? [confDir] : []), baseConf, path.join(lib, '*')].join(path.delimiter),
    className, ...args,
  ];
}

/** The real `hdfs dfs ARGS...` as one process. Options as of `run`. */
export function hadoopDfs(confDir, args, options) {
  return run(java, javaArgs(confDir, 'org.apache.hadoop.fs.FsShell', args), options);
}

/** Writes Hadoop configuration files: file name without `.xml` to its properties. */
export function writeConf(dir, files) {
  fs.mkdirSync(dir, { recursive: true });
  const escape = (text) => String(text).replace(/&/g, '&amp;').replace(/</g, '&lt;');
  for (const [name, values] of Object.entries(files)) {
    const rows = Object.entries(values).map(([k, v]) => `  <property><name>${k}</name><value>${escape(v)}</value></property>\n`);
    fs.writeFileSync(path.join(dir, `${name}.xml`), `<configuration>\n${rows.join('')}</configuration>\n`);
  }
}

/** One DataNode of the real Hadoop, joined to any NameNode that `confDir` names. */
export async function startRealDataNode(name, dir, confDir, { heapMb = 512 } = {}) {
  const [data, http, ipc] = await freePorts(3);
  const args = [
    `-Ddfs.datanode.data.dir=${path.join(dir, name)}`, `-Ddfs.datanode.address=127.0.0.1:${data}`,
    `-Ddfs.datanode.http.address=127.0.0.1:${http}`, `-Ddfs.datanode.ipc.address=127.0.0.1:${ipc}`,
  ];
  const daemon = new Daemon(`Hadoop DataNode ${name}`, java, javaArgs(confDir, DATANODE, args, { heapMb }), {
    logFile: path.join(dir, 'logs', `${name}.log`),
  });
  daemon.xferPort = data;
  return daemon;
}

/** A cluster of the real Hadoop in `dir`. Everything in it is ours to lose. */
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
        'fs.defaultFS': this.uri, 'hadoop.tmp.dir': path.join(this.dir, 'tmp'),
        'hadoop.http.authentication.signature.secret.file': path.join(this.dir, 'no-secret'),
      },
      'hdfs-site': {
        'dfs.namenode.name.dir': path.join(this.dir, 'name'), 'dfs.namenode.rpc-address': `127.0.0.1:${rpc}`,
        'dfs.namenode.http-address': `127.0.0.1:${http}`, 'dfs.replication': 3, 'dfs.namenode.fs-limits.min-block-size': 0,
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
    const daemon = new Daemon(`Hadoop ${name}`, java, javaArgs(this.confDir, className, args, { heapMb: this.heapMb }), {
      logFile: path.join(this.dir, 'logs', `${name}.log`),
    });
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

  /** Waits until that many DataNodes are live and safe mode is off. */
  async waitForDataNodes(count) {
    await waitFor(`${count} live DataNodes`, async () => {
      const state = await this.jmx('FSNamesystemState');
      return state.NumLiveDataNodes >= count && state.FSState === 'Operational';
    }, { daemons: this.#daemons });
  }

  /** Ends a DataNode as a crash would. */
  async endDataNode(index) {
    await this.#daemons.find((d) => d.name.endsWith(`data${index + 1}`)).kill();
  }

  /** ResourceManager and one NodeManager, with the MapReduce shuffle service. */
  async startYarn() {
    const ports = await freePorts(9);
    const [resourceManager, scheduler, tracker, admin, web, node, localizer, nodeWeb, shuffle] = ports.map((p) => `127.0.0.1:${p}`);
    const heap = (mb) => `-Xmx${mb}m --add-opens=java.base/java.lang=ALL-UNNAMED`;
    writeConf(this.confDir, {
      'mapred-site': {
        'mapreduce.framework.name': 'yarn', 'mapreduce.application.classpath': path.join(lib, '*'),
        'mapreduce.shuffle.port': shuffle.split(':')[1],
        'yarn.app.mapreduce.am.staging-dir': '/tmp/staging',
        'yarn.app.mapreduce.am.resource.mb': 512, 'yarn.app.mapreduce.am.command-opts': heap(400),
        'mapreduce.map.memory.mb': 1024, 'mapreduce.map.java.opts': heap(800),
        'mapreduce.reduce.memory.mb': 1024, 'mapreduce.reduce.java.opts': heap(800),
      },
      'yarn-site': {
        'yarn.resourcemanager.hostname': '127.0.0.1', 'yarn.resourcemanager.address': resourceManager,
        'yarn.resourcemanager.scheduler.address': scheduler, 'yarn.resourcemanager.resource-tracker.address': tracker,
        'yarn.resourcemanager.admin.address': admin, 'yarn.resourcemanager.webapp.address': web,
        'yarn.nodemanager.address': node, 'yarn.nodemanager.localizer.address': localizer, 'yarn.nodemanager.webapp.address': nodeWeb,
        'yarn.nodemanager.aux-services': 'mapreduce_shuffle', 'yarn.application.classpath': path.join(lib, '*'),
        'yarn.nodemanager.resource.memory-mb': 8192, 'yarn.nodemanager.resource.cpu-vcores': 8,
        'yarn.nodemanager.vmem-check-enabled': false, 'yarn.nodemanager.pmem-check-enabled': false,
        'yarn.nodemanager.disk-health-checker.enable': false, 'yarn.scheduler.minimum-allocation-mb': 256,
        'yarn.nodemanager.local-dirs': path.join(this.dir, 'nm-local'), 'yarn.nodemanager.log-dirs': path.join(this.dir, 'nm-logs'),
      },
      'capacity-scheduler': {
        'yarn.scheduler.capacity.root.queues': 'default', 'yarn.scheduler.capacity.root.default.capacity': 100,
        'yarn.scheduler.capacity.maximum-am-resource-percent': 0.8,
      },
    });
    this.#spawn('resourcemanager', RESOURCE_MANAGER);
    this.#spawn('nodemanager', NODE_MANAGER);
    await waitFor('the NodeManager', async () => {
      const { clusterMetrics } = await (await fetch(`http://${web}/ws/v1/cluster/metrics`)).json();
      return clusterMetrics.activeNodes === 1;
    }, { daemons: this.#daemons });
  }

  async stop() {
    await Promise.all(this.#daemons.splice(0).map((d) => d.stop()));
  }
}

async function main([command, ...args]) {
  const why = await missingTool(['java', 'maven']);
  if (why) throw new Error(why);
  await install();
  switch (command) {
    case 'install':
      return 0;
    case 'start': {
      const cluster = await new HadoopCluster(tempDir('hadoop')).start();
      if (args.includes('--yarn')) await cluster.startYarn();
      console.log(`${cluster.uri}  web ${cluster.httpUrl}\nexport HADOOP_CONF_DIR=${cluster.confDir}\nCtrl-C ends it.`);
      return new Promise(() => {});
    }
    case 'dfs':
      return (await hadoopDfs(process.env.HADOOP_CONF_DIR, args, { inherit: true, timeoutMs: 3_600_000 })).code;
    case 'cmd':
      return (await run(java, javaArgs(process.env.HADOOP_CONF_DIR, args[0], args.slice(1)), { inherit: true, timeoutMs: 3_600_000 })).code;
    default:
      console.error('usage: hadoop.mjs install | start [--yarn] | dfs ARGS... | cmd CLASS ARGS...');
      return 2;
  }
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) {
  main(process.argv.slice(2)).then((code) => process.exit(code), (error) => {
    console.error(`hadoop.mjs: ${error.message}`);
    process.exit(2);
  });
}
