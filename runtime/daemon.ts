/** A running daemon: everything that it opened is closed when stop() resolves. */
export interface Daemon {
  stop(): Promise<void>;
  /** Resolves when it has stopped; with the reason when nobody asked it to. */
  readonly stopped?: Promise<Error | undefined>;
}

/** What a daemon started by `calf start` tells its parent over the IPC channel once it listens. */
export interface ReadyMessage {
  readonly ready: Readonly<Record<string, string>>;
}

const STOP_LIMIT_MS = 10_000;

/**
 * Runs a daemon in the foreground until SIGTERM or SIGINT, or until it ends by itself. Prints one line when it is ready, with the addresses that
 * `addresses` gives (`host:port` by name); a daemon whose start fails prints the reason and ends with status 1.
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
    process.stderr.write(`${name}: ${e instanceof Error ? e.message : String(e)}\n`);
    // Handles that a half-started daemon left open must not keep a process that serves nobody.
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
  // A daemon that can't stop must not outlive its supervisor's patience.
  setTimeout(() => process.exit(1), STOP_LIMIT_MS).unref();
  await daemon.stop();
  process.exit(0);
}
