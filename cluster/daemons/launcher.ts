/** The daemons of a cluster that is being started, each a process of its own. */
import { settled } from '../../runtime/promises.ts';
import { endProcesses, type NamedProcess } from './daemon-process.ts';
import { type LaunchedDaemon, launchDaemon } from './launch.ts';
import type { ClusterLayout } from './layout.ts';
import { waitUntilReady } from './readiness.ts';

/** The daemons that listen. */
export interface Listening {
  /** `host:port` by daemon and use, as `namenode.rpc`. */
  readonly addresses: Readonly<Record<string, string>>;
  /** Process ids by daemon, as `datanode1`. */
  readonly processIds: Readonly<Record<string, number>>;
}

/** Launches daemons, several at the same time. When one of them fails, stop() ends all that were begun. */
export class Launcher {
  readonly #layout: ClusterLayout;
  readonly #children: NamedProcess[] = [];
  /** In the order of their launch, whichever is ready first. */
  readonly #daemons = new Map<string, LaunchedDaemon | undefined>();
  readonly #steps: Promise<unknown>[] = [];
  readonly #stopping = new AbortController();

  constructor(layout: ClusterLayout) {
    this.#layout = layout;
  }

  /** Starts one daemon. @returns its addresses, when it listens @throws Error with the text that it printed */
  launch(daemon: string, properties: Record<string, string>): Promise<Readonly<Record<string, string>>> {
    return this.#step(this.#launch(daemon, properties));
  }

  async #launch(daemon: string, properties: Record<string, string>): Promise<Readonly<Record<string, string>>> {
    // A step that had to wait for another one: stop() would not know of the process.
    if (this.#stopping.signal.aborted) throw new Error(`The start was given up before ${daemon}`);
    this.#daemons.set(daemon, undefined);
    const onSpawn = (pid: number): void => void this.#children.push([daemon, pid]);
    const launched = await launchDaemon(this.#layout, daemon, properties, onSpawn);
    this.#daemons.set(daemon, launched);
    return launched.addresses;
  }

  /** Resolves when the NameNode serves that many DataNodes. @throws Error when that takes too long */
  waitUntilReady(namenodeRpc: string, datanodes: number): Promise<void> {
    return this.#step(waitUntilReady(namenodeRpc, datanodes, this.#stopping.signal));
  }

  #step<T>(step: Promise<T>): Promise<T> {
    this.#steps.push(settled(step));
    return step;
  }

  get listening(): Listening {
    const addresses: Record<string, string> = {};
    const processIds: Record<string, number> = {};
    for (const [daemon, launched] of this.#daemons) {
      if (launched === undefined) continue;
      for (const [use, address] of Object.entries(launched.addresses)) addresses[`${daemon}.${use}`] = address;
      processIds[daemon] = launched.processId;
    }
    return { addresses, processIds };
  }

  /** Ends all daemons, also those that do not listen yet; resolves when no step goes on. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    try {
      await endProcesses(this.#children);
    } finally {
      await Promise.all(this.#steps);
    }
  }
}
