/** Running a daemon as a process: its start, its one line of output, its signals and its exit status. */
import { HadoopError, messageOf } from './errors.ts';

/** A running daemon. When stop() resolves, everything that the daemon had opened is closed. */
export interface Daemon {
  stop(): Promise<void>;
  /** Resolves when the daemon has stopped: with the reason if it stopped by itself, else with undefined. */
  readonly stopped?: Promise<Error | undefined>;
}

/** The message of a daemon to `calf start`, its parent, over Node's IPC channel as soon as the daemon listens. */
export interface ReadyMessage {
  readonly ready: Readonly<Record<string, string>>;
}

/** The message of a daemon that could not start, in place of ReadyMessage. */
export interface FailedMessage {
  readonly failed: {
    readonly message: string;
    /** Hadoop's exception class, such as `java.net.BindException`; undefined if the failure has none. */
    readonly javaClass: string | undefined;
  };
}

/** The time that a daemon has for its stop. */
const STOP_LIMIT_MS = 10_000;

/**
 * Runs a daemon in the foreground until SIGTERM or SIGINT, or until it ends by itself. Prints one line when the daemon is
 * ready, with its addresses (`host:port` by name). If the start fails, prints the reason and ends with status 1.
 */
export async function runDaemon<D extends Daemon>(
  name: string,
  start: () => Promise<D>,
  addresses: (daemon: D) => Readonly<Record<string, string>>,
): Promise<void> {
  let daemon: D;
  try {
    daemon = await start();
  } catch (e) {
    process.stderr.write(`${name}: ${messageOf(e)}\n`);
    await tellOfFailure(e);
    // A process that serves no client must end, whatever handles a half-started daemon has left open.
    process.exit(1);
  }
  const ready = addresses(daemon);
  const listed = Object.entries(ready).map(([use, address]) => `${use} ${address}`);
  process.stdout.write(`${name} is ready: ${listed.join(', ')}\n`);
  if (process.send) {
    process.send({ ready } satisfies ReadyMessage);
    process.disconnect();
  }
  await new Promise<void>((resolve) => {
    process.once('SIGTERM', resolve);
    process.once('SIGINT', resolve);
    void daemon.stopped?.then((reason) => process.exit(reason ? 1 : 0));
  });
  // A supervisor would kill a daemon that does not stop within its limit, and could not tell why.
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  await daemon.stop();
  process.exit(0);
}

async function tellOfFailure(e: unknown): Promise<void> {
  const javaClass = e instanceof HadoopError ? e.javaClass : undefined;
  const told: FailedMessage = { failed: { message: messageOf(e), javaClass } };
  // A parent that has ended meanwhile hears nothing; the reason stands in the log too.
  await new Promise<void>((resolve) => (process.send ? process.send(told, () => resolve()) : resolve()));
}
