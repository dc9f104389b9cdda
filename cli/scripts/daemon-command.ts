/** `hdfs --daemon start namenode` and the like: a daemon that runs in the background, as Hadoop's shell functions start it. */
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import type { FailedMessage, ReadyMessage } from '../../runtime/daemon.ts';
import { distProgram } from '../../runtime/dist.ts';
import { sleep } from '../../runtime/promises.ts';
import { complain } from '../terminal/terminal.ts';
import { daemonFiles, daemonState, isAlive } from './daemon-files.ts';

/** The programs whose subcommands are daemons. */
const DAEMONS: Readonly<Record<string, readonly string[]>> = {
  hdfs: ['namenode', 'datanode'],
  mapred: ['jobtracker', 'tasktracker'],
};

const EXIT_DEAD = 1;
const EXIT_NONE = 3;
const LOOK_MS = 50;
/** HADOOP_STOP_TIMEOUT: seconds until a daemon that does not end is killed. */
const STOP_SECONDS = 5;

/** Runs `PROGRAM --daemon start|stop|status DAEMON ARGS…`. @returns exit status */
export async function daemonCommand(program: string, args: readonly string[]): Promise<number> {
  const [action, daemon = '', ...rest] = args;
  if (!DAEMONS[program]?.includes(daemon)) {
    const known = DAEMONS[program]?.join(' or ') ?? 'no daemon';
    complain(`ERROR: ${program} has ${known}, and not '${daemon}', to be started with --daemon`);
    return 1;
  }
  switch (action) {
    case 'start':
      return await startDaemon(program, daemon, rest);
    case 'stop':
      return await stopDaemon(daemon);
    case 'status':
      return statusOf(daemon);
    default:
      complain(`ERROR: --daemon must be followed by either "start", "stop" or "status".`);
      return 1;
  }
}

/** Starts a daemon, and waits until it listens. */
async function startDaemon(program: string, daemon: string, args: readonly string[]): Promise<number> {
  const files = daemonFiles(daemon);
  const state = daemonState(files.pid);
  if (state.kind === 'running') {
    complain(
      `${daemon} is running as process ${state.pid}.  Stop it first and ensure ${files.pid} file is empty before retry.`,
    );
    return 1;
  }
  for (const file of Object.values(files)) fs.mkdirSync(path.dirname(file), { recursive: true });
  const log = fs.openSync(files.log, 'a', 0o600);
  const child = spawn(process.execPath, [distProgram(program), daemon, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  fs.closeSync(log);
  fs.writeFileSync(files.pid, `${child.pid ?? ''}\n`);
  const failure = await new Promise<string | undefined>((resolve) => {
    child.once('message', (message: ReadyMessage | FailedMessage) =>
      resolve('ready' in message ? undefined : message.failed.message),
    );
    child.once('error', (e) => resolve(e.message));
    child.once('disconnect', () => resolve('it has ended'));
  });
  if (child.connected) child.disconnect();
  child.unref();
  if (failure === undefined) return 0;
  fs.rmSync(files.pid, { force: true });
  complain(`ERROR: ${daemon} did not start: ${failure}. Its log is ${files.log}`);
  return 1;
}

/** Ends a daemon; kills it if it does not end. One that does not run is no failure, as in Hadoop. */
async function stopDaemon(daemon: string): Promise<number> {
  const { pid: file } = daemonFiles(daemon);
  const state = daemonState(file);
  if (state.kind === 'running') {
    process.kill(state.pid, 'SIGTERM');
    const seconds = Number(process.env.HADOOP_STOP_TIMEOUT ?? STOP_SECONDS);
    for (let waitedMs = 0; isAlive(state.pid) && waitedMs < seconds * 1000; waitedMs += LOOK_MS) await sleep(LOOK_MS);
    if (isAlive(state.pid)) {
      complain(`WARNING: ${daemon} did not stop gracefully after ${seconds} seconds: Trying to kill with kill -9`);
      process.kill(state.pid, 'SIGKILL');
    }
  }
  fs.rmSync(file, { force: true });
  return 0;
}

function statusOf(daemon: string): number {
  const { kind } = daemonState(daemonFiles(daemon).pid);
  if (kind === 'running') return 0;
  return kind === 'dead' ? EXIT_DEAD : EXIT_NONE;
}
