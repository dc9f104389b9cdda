/** Starts one daemon of a cluster as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import type { FailedMessage, ReadyMessage } from '../../runtime/daemon.ts';
import { distProgram } from '../../runtime/dist.ts';
import { daemonCommand } from './daemon-process.ts';
import type { ClusterLayout } from './layout.ts';

/**
 * Keeps V8 from giving memory back while a daemon rests. Compiled code would go with that memory, and the next client
 * would find the daemon as slow as a new one (docs/decisions/resting-daemons.md).
 */
const NODE_FLAGS = ['--no-memory-reducer'];

/** A daemon that listens, in a process of its own. */
export interface LaunchedDaemon {
  readonly processId: number;
  /** `host:port` by use, such as `rpc`. */
  readonly addresses: Readonly<Record<string, string>>;
}

/** A daemon that ended before it listened. */
export class LaunchError extends Error {
  override readonly name = 'LaunchError';
  /** Hadoop's exception class, such as `java.net.BindException`; undefined if the daemon told none. */
  readonly javaClass: string | undefined;

  constructor(daemon: string, reason: string, javaClass?: string) {
    super(`The ${daemon} did not start: ${reason}`);
    this.javaClass = javaClass;
  }
}

/**
 * Starts one daemon of a cluster as a process that goes on after this one; resolves when it listens.
 * @param daemon its name, such as `datanode1`
 * @param onSpawn is given the process id before the daemon is ready, so that a caller can end it
 * @throws LaunchError
 */
export async function launchDaemon(
  layout: ClusterLayout,
  daemon: string,
  properties: Readonly<Record<string, string>>,
  onSpawn?: (processId: number) => void,
): Promise<LaunchedDaemon> {
  const child = spawnDaemon(layout, daemon, properties);
  const processId = child.pid;
  if (processId !== undefined) onSpawn?.(processId);
  const addresses = await new Promise<Record<string, string>>((resolve, reject) => {
    child.once('message', (message: ReadyMessage | FailedMessage) => {
      if ('ready' in message) resolve({ ...message.ready });
      else reject(new LaunchError(daemon, message.failed.message, message.failed.javaClass));
    });
    child.once('error', reject);
    // Comes after the daemon's last message, which the event 'exit' may not.
    child.once('disconnect', () => reject(new LaunchError(daemon, `its log may tell why: ${layout.logFile(daemon)}`)));
  });
  child.unref();
  return { processId: processId ?? 0, addresses };
}

/** Starts the process of a daemon, with its output at the end of its log. */
function spawnDaemon(
  layout: ClusterLayout,
  daemon: string,
  properties: Readonly<Record<string, string>>,
): ChildProcess {
  const [program, subcommand] = daemonCommand(daemon);
  const defines = Object.entries(properties).flatMap(([k, v]) => ['-D', `${k}=${v}`]);
  const log = fs.openSync(layout.logFile(daemon), 'a', 0o600);
  try {
    return spawn(process.execPath, [...NODE_FLAGS, distProgram(program), subcommand, ...defines], {
      detached: true,
      stdio: ['ignore', log, log, 'ipc'],
      env: { ...process.env, HADOOP_CONF_DIR: layout.confDir },
    });
  } finally {
    fs.closeSync(log);
  }
}
