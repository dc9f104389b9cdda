// Another user of the machine, as which a process runs here: it can read no file of the daemons and change nothing by HTTP.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { FileSystems } from '../../mapreduce/files/file-systems.ts';
import { stageBundle, stagingDirectory } from '../../mapreduce/files/staging.ts';
import { isHadoopError } from '../../runtime/errors.ts';

/** The number of the user and of the group nobody. */
const NOBODY = 65534;
const READY_MS_MAX = 60_000;
const END_MS_MAX = 30_000;
/** Files that every client of the machine reads. */
const PUBLIC = /^(conf|conf\/[a-z]+-site\.xml|calf-cluster\.json|running\.json|control\.txt)$/;

/** Tries every path of its input, and the requests; writes what it could read and the statuses of the answers. */
const SCRIPT = `
const fs = require('node:fs');
const { paths, requests } = JSON.parse(fs.readFileSync(0, 'utf8'));
const tried = (run) => { try { run(); return true; } catch { return false; } };
const read = paths.filter((file) => tried(() => fs.statSync(file).isDirectory() ? fs.readdirSync(file) : fs.readFileSync(file)));
const written = paths.filter((file) => tried(() => fs.statSync(file).isDirectory()
  ? fs.writeFileSync(file + '/by-nobody', '') : fs.appendFileSync(file, '')));
const answers = requests.map(async ([method, url, body]) => {
  const headers = { 'content-type': 'application/json' };
  return (await fetch(url, { method, headers, ...(body && { body }) })).status;
});
Promise.all(answers).then((statuses) => process.stdout.write(JSON.stringify({ read, written, statuses })));
`;

interface Found {
  readonly read: readonly string[];
  readonly written: readonly string[];
  readonly statuses: readonly number[];
}

interface ClusterInfo {
  readonly addresses: Readonly<Record<string, string>>;
  readonly confDir: string;
}

/** Runs a cluster of processes, and attacks it as nobody. @throws Error if nobody gets in */
export async function attackAsNobody(say: (line: string) => void): Promise<void> {
  if (process.geteuid?.() !== 0) return say('skipped: only root can run a process as another user');
  const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-nobody-'));
  fs.chmodSync(directory, 0o755);
  const cluster = path.join(directory, 'cluster');
  const launcher = new Calf(['start', '--free-ports', '--json', '--foreground', '--datanodes', '1', '--dir', cluster]);
  try {
    const info = JSON.parse(await launcher.says('}\n')) as ClusterInfo;
    const env = { HADOOP_CONF_DIR: info.confDir };
    await new Calf(['jar', 'hadoop-mapreduce-examples.jar', 'pi', '1', '1'], env, 'hadoop.js').ended;
    fs.writeFileSync(path.join(cluster, 'control.txt'), '', { mode: 0o644 });
    const names = fs.readdirSync(cluster, { recursive: true, encoding: 'utf8' });
    const found = await asNobody(
      names.map((name) => path.join(cluster, name)),
      requestsTo(info),
    );
    const relative = (files: readonly string[]) => files.map((file) => path.relative(cluster, file));
    if (!relative(found.read).includes('control.txt'))
      throw new Error('nobody can not read the file that all may read');
    const secret = relative(found.read).filter((file) => !PUBLIC.test(file));
    if (secret.length > 0) throw new Error(`nobody can read ${secret.join(', ')}`);
    if (found.written.length > 0) throw new Error(`nobody can write ${relative(found.written).join(', ')}`);
    const allowed = found.statuses.filter((status) => status !== 401);
    if (allowed.length > 0) throw new Error(`requests of nobody are answered with ${found.statuses.join(', ')}`);
    await refuseStaging(info);
    say(`${names.length} files and directories, ${found.statuses.length} requests, and the staging directory of a job`);
  } finally {
    await launcher.stop();
    fs.rmSync(directory, { recursive: true, force: true });
  }
}

function requestsTo({ addresses }: ClusterInfo): string[][] {
  const url = (use: string, page: string): string => `http://${addresses[use]}${page}`;
  const trackers = url('jobtracker.http', '/trackers');
  return [
    ['POST', url('jobtracker.http', '/jobs/new-id'), '{"user":"root"}'],
    ['POST', url('jobtracker.http', '/jobs'), '{"user":"root"}'],
    ['POST', url('jobtracker.http', '/jobs/job_1_0001/kill'), '{}'],
    ['POST', trackers, '{}'],
    ['DELETE', `${trackers}/x`],
    ['PUT', url('namenode.http', '/fault/disk-full'), '{}'],
    ['PUT', url('datanode1.http', '/fault/slow'), '{"packetDelayMs":1}'],
    ['DELETE', url('datanode1.http', '/fault')],
  ];
}

/** Stages a job's code as its client does, and checks that others can't have it. @throws Error if they can */
async function refuseStaging({ confDir }: ClusterInfo): Promise<void> {
  const conf = Configuration.load({ confDir });
  const uri = conf.get('fs.defaultFS');
  const user = os.userInfo().username;
  const directory = stagingDirectory(conf.get('mapreduce.jobtracker.staging.root.dir'), user, 'job_1_0001');
  await using fileSystems = new FileSystems(conf, user);
  const bundle = new URL(await stageBundle(Buffer.from('code'), `${uri}${directory}`, user, fileSystems)).pathname;
  await using nobody = new DistributedFileSystem({ conf, uri, user: 'nobody' });
  const tries = {
    read: () => nobody.open(bundle),
    exchange: () => nobody.create(bundle, { overwrite: true }),
    'move away': () => nobody.rename(directory, '/tmp/taken'),
    delete: () => nobody.delete(directory, true),
  };
  for (const [what, attempt] of Object.entries(tries)) {
    const outcome = await attempt().then(
      () => 'done',
      (e: unknown) => e,
    );
    if (!isHadoopError(outcome, 'AccessControlException')) throw new Error(`nobody may ${what} ${bundle}: ${outcome}`);
  }
}

async function asNobody(paths: readonly string[], requests: readonly (readonly string[])[]): Promise<Found> {
  const child = spawn(process.execPath, ['-e', SCRIPT], {
    uid: NOBODY,
    gid: NOBODY,
    cwd: '/',
    env: {},
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  child.stdin.end(JSON.stringify({ paths, requests }));
  let text = '';
  child.stdout.on('data', (chunk) => {
    text += chunk;
  });
  await new Promise((resolve) => child.once('close', resolve));
  return JSON.parse(text) as Found;
}

/** A command of Calf's as a process. */
class Calf {
  readonly #child;
  #said = '';
  readonly ended: Promise<number | null>;

  constructor(args: readonly string[], env: Readonly<Record<string, string>> = {}, program = 'calf.js') {
    const environment = { ...process.env, CALF_LOG: 'error', ...env };
    const command = [path.resolve('dist', program), ...args];
    this.#child = spawn(process.execPath, command, { env: environment, stdio: ['ignore', 'pipe', 'ignore'] });
    this.#child.stdout.on('data', (chunk) => {
      this.#said += chunk;
    });
    this.ended = new Promise((resolve) => this.#child.once('exit', resolve));
  }

  /** Resolves with all that the command has printed once that ends so. @throws Error if it does not in time */
  async says(end: string): Promise<string> {
    const untilMs = performance.now() + READY_MS_MAX;
    while (!this.#said.endsWith(end)) {
      if (performance.now() > untilMs || this.#child.exitCode !== null)
        throw new Error(`the cluster says: ${this.#said}`);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    return this.#said;
  }

  async stop(): Promise<void> {
    this.#child.kill('SIGTERM');
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), END_MS_MAX);
    await this.ended;
    clearTimeout(timer);
  }
}
