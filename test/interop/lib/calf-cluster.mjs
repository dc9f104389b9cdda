// Our own cluster as a user starts it, and our own command line, both from dist/.
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, endAtExit, forget, run, waitFor } from './processes.mjs';
import { projectDir } from './tools.mjs';

const dist = (name) => path.join(projectDir, 'dist', `${name}.js`);

/** @throws Error when our programs are not built */
export function needBuild() {
  if (!fs.existsSync(dist('hdfs'))) throw new Error('dist/ is empty: run npm run build first');
}

/** Our `hdfs dfs ARGS...` as one process. Options as of `run`. */
export function calfDfs(confDir, args, options = {}) {
  return calfCommand('hdfs', confDir, ['dfs', ...args], options);
}

/** One of our programs (`hdfs`, `hadoop`, `mapred`) as one process. */
export function calfCommand(program, confDir, args, options = {}) {
  return run(process.execPath, [dist(program), ...args], {
    ...options,
    env: { ...options.env, HADOOP_CONF_DIR: confDir },
  });
}

/** The arguments of `node` that run our `hdfs`. */
export const hdfsProgram = dist('hdfs');

/** A cluster from `calf start`, in `dir`, on free ports. */
export class CalfCluster {
  #launcher;
  #idByDaemon = {};
  #addresses = {};

  constructor(dir, { datanodes = 3, mapreduce = false, define = {} } = {}) {
    Object.assign(this, { dir, datanodes, mapreduce, define });
  }

  async start() {
    const args = [dist('calf'), 'start', '--free-ports', '--json', '--foreground', '--dir', this.dir];
    args.push('--datanodes', String(this.datanodes), ...(this.mapreduce ? [] : ['--no-mapreduce']));
    for (const [k, v] of Object.entries(this.define)) args.push('-D', `${k}=${v}`);
    const daemon = new Daemon('calf start', process.execPath, args, { logFile: `${this.dir}.log`, stdout: 'pipe' });
    this.#launcher = daemon;
    let said = '';
    daemon.child.stdout.on('data', (chunk) => {
      said += chunk;
    });
    const info = await waitFor('the cluster', () => JSON.parse(said), { daemons: [daemon], intervalMs: 20 });
    this.processIds = Object.values(info.processIds);
    this.#idByDaemon = info.processIds;
    this.#addresses = info.addresses;
    endAtExit(this.processIds); // the daemons outlive their launcher when it is killed
    this.confDir = info.confDir;
    this.uri = info.fsDefaultFS;
    this.httpUrl = `http://${info.addresses['namenode.http']}`;
    return this;
  }

  /** Ends a DataNode as a crash would. */
  async endDataNode(index) {
    process.kill(this.#idByDaemon[`datanode${index + 1}`], 'SIGKILL');
  }

  /** Index of the DataNode that listens at `host:port` for data. */
  datanodeAt(address) {
    return (
      Number(
        Object.entries(this.#addresses)
          .find(([, a]) => a === address)[0]
          .match(/^datanode(\d+)\.data$/)[1],
      ) - 1
    );
  }

  /** Indices of the DataNodes that a block is being written to. */
  writingDatanodes() {
    const files = fs.readdirSync(this.dir, { recursive: true }).map(String);
    const found = files.filter((f) => /[/\\]rbw[/\\]blk_\d+$/.test(f)).map((f) => Number(f.match(/^data(\d+)/)[1]) - 1);
    return found.sort();
  }

  async stop() {
    await this.#launcher?.stop(15_000);
    forget(this.processIds ?? []);
  }
}

/** One of our daemons alone, as `hdfs namenode` or `hdfs datanode` starts it. */
export function startCalfDaemon(kind, name, dir, confDir, define = {}) {
  const defines = Object.entries(define).flatMap(([k, v]) => ['-D', `${k}=${v}`]);
  return new Daemon(`our ${kind} ${name}`, process.execPath, [hdfsProgram, kind, ...defines], {
    logFile: path.join(dir, 'logs', `${name}.log`),
    env: { HADOOP_CONF_DIR: confDir },
  });
}
