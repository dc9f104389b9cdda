// Runs Calf's cluster as a user starts it, and Calf's command line, both from dist/.
import fs from 'node:fs';
import path from 'node:path';
import { Daemon, endAtExit, forget, run, waitFor } from './processes.mjs';
import { projectDir } from './tools.mjs';

const dist = (name) => path.join(projectDir, 'dist', `${name}.js`);

/** Checks that Calf is built. @throws Error if dist/ has no programs */
export function needBuild() {
  if (!fs.existsSync(dist('hdfs'))) throw new Error('dist/ is empty: run npm run build first');
}

/** Runs Calf's `hdfs dfs ARGS...` as one process, with the options of `run`. */
export function calfDfs(confDir, args, options = {}) {
  return calfCommand('hdfs', confDir, ['dfs', ...args], options);
}

/** Runs one of Calf's programs (`hdfs`, `hadoop`, `mapred`) as one process. */
export function calfCommand(program, confDir, args, options = {}) {
  return run(process.execPath, [dist(program), ...args], {
    ...options,
    env: { ...options.env, HADOOP_CONF_DIR: confDir },
  });
}

/** Path of Calf's `hdfs` program, an argument for `node`. */
export const hdfsProgram = dist('hdfs');

/** A cluster that `calf start` runs in `dir`, on free ports. */
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
    endAtExit(this.processIds); // daemons outlive a launcher that is killed
    this.confDir = info.confDir;
    this.uri = info.fsDefaultFS;
    this.httpUrl = `http://${info.addresses['namenode.http']}`;
    return this;
  }

  /** Kills a DataNode, as a crash would. */
  async endDataNode(index) {
    process.kill(this.#idByDaemon[`datanode${index + 1}`], 'SIGKILL');
  }

  /** Returns the index of the DataNode whose data transfer address is `host:port`. */
  datanodeAt(address) {
    return (
      Number(
        Object.entries(this.#addresses)
          .find(([, a]) => a === address)[0]
          .match(/^datanode(\d+)\.data$/)[1],
      ) - 1
    );
  }

  /** Returns the indices of the DataNodes that hold a block being written. */
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

/** Starts one of Calf's daemons alone, as `hdfs namenode` or `hdfs datanode` does. */
export function startCalfDaemon(kind, name, dir, confDir, define = {}) {
  const defines = Object.entries(define).flatMap(([k, v]) => ['-D', `${k}=${v}`]);
  return new Daemon(`our ${kind} ${name}`, process.execPath, [hdfsProgram, kind, ...defines], {
    logFile: path.join(dir, 'logs', `${name}.log`),
    env: { HADOOP_CONF_DIR: confDir },
  });
}
