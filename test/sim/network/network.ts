// The simulated network: links between machines, addresses and TCP handshakes.
import type { Machine, SimProcess } from '../world/process.ts';
import type { World } from '../world/world.ts';
import { SimSocket } from './socket.ts';

/** One direction of the path between two machines. */
export interface Link {
  /** Whether nothing gets through: segments wait until the link opens, because TCP sends them again. */
  isBlocked: boolean;
  latencyMs: number;
  jitterMs: number;
  bytesPerMs: number;
}

export interface Listener {
  readonly process: SimProcess;
  readonly allowHalfOpen: boolean;
  readonly accept: (socket: SimSocket) => void;
}

/** State of a healthy link. */
export const OPEN_LINK = { isBlocked: false, latencyMs: 0.1, jitterMs: 0.3 };
const SYN_RETRY_MS = [1000, 3000, 7000, 15_000, 31_000];

/** The machines' addresses and the links between them. */
export class Network {
  readonly #world: World;
  readonly #machines = new Map<string, Machine>();
  readonly #links = new Map<string, Link>();
  readonly #listeners = new Map<string, Listener>();
  /** Callbacks for the next time that a link opens. */
  #onOpen: (() => void)[] = [];
  readonly sockets = new Set<SimSocket>();
  /** Called with the bytes that each socket sends. */
  onSent: ((socket: SimSocket, bytes: Buffer) => void) | undefined;
  #nextPort = 40_000;

  constructor(world: World) {
    this.#world = world;
  }

  add(machine: Machine): void {
    this.#machines.set(machine.ip, machine);
  }

  machineAt(ip: string): Machine | undefined {
    return this.#machines.get(ip);
  }

  link(from: Machine, to: Machine): Link {
    const name = `${from.name}>${to.name}`;
    let link = this.#links.get(name);
    if (link === undefined) {
      link = { ...OPEN_LINK, bytesPerMs: 100_000 };
      this.#links.set(name, link);
    }
    return link;
  }

  isOpen(from: Machine, to: Machine): boolean {
    return !this.link(from, to).isBlocked && from.isPowered && to.isPowered;
  }

  /** Calls `retry` once, the next time that a link opens or a machine starts. */
  whenOpened(retry: () => void): void {
    this.#onOpen.push(retry);
  }

  /** Runs the waiting retries. Must be called after a link has opened or a machine has started. */
  opened(): void {
    const waiting = this.#onOpen;
    this.#onOpen = [];
    for (const retry of waiting) this.#world.scheduler.after(this.#world.random.next() * 200, retry);
  }

  delayMs(from: Machine, to: Machine, bytes: number): number {
    const { latencyMs, jitterMs, bytesPerMs } = this.link(from, to);
    return latencyMs + this.#world.random.next() * jitterMs + bytes / bytesPerMs;
  }

  listen(process: SimProcess, port: number, listener: Omit<Listener, 'process'>): number | undefined {
    const chosen = port === 0 ? this.#nextPort++ : port;
    const address = `${process.machine.ip}:${chosen}`;
    if (this.#listeners.get(address)?.process.isAlive) return undefined;
    this.#listeners.set(address, { ...listener, process });
    return chosen;
  }

  unlisten(process: SimProcess, port: number): void {
    const address = `${process.machine.ip}:${port}`;
    if (this.#listeners.get(address)?.process === process) this.#listeners.delete(address);
  }

  /** Runs the client's side of a TCP handshake. Lost SYNs are sent again until the caller closes its socket. */
  connect(socket: SimSocket, host: string, port: number, tries = 0): void {
    if (socket.destroyed) return;
    const { process } = socket;
    const target = this.#machines.get(host);
    if (target === undefined) {
      process.after(0.1, () => socket.fail('ENOTFOUND', `getaddrinfo ENOTFOUND ${host}`));
      return;
    }
    const here = process.machine;
    if (!this.isOpen(here, target)) {
      const retryMs = SYN_RETRY_MS[tries];
      if (retryMs !== undefined) process.after(retryMs, () => this.connect(socket, host, port, tries + 1));
      else process.after(1000, () => socket.fail('ETIMEDOUT', `connect ETIMEDOUT ${host}:${port}`));
      return;
    }
    this.#world.scheduler.after(this.delayMs(here, target, 0), () => {
      const listener = this.#listeners.get(`${host}:${port}`);
      const backMs = this.delayMs(target, here, 0);
      if (!listener?.process.isAlive) {
        process.after(backMs, () => socket.fail('ECONNREFUSED', `connect ECONNREFUSED ${host}:${port}`));
        return;
      }
      const accepted = new SimSocket(listener.process, { allowHalfOpen: listener.allowHalfOpen });
      socket.localPort = this.#nextPort++;
      accepted.join(socket, port);
      accepted.becomeConnected();
      listener.process.after(0, () => listener.accept(accepted));
      process.after(backMs, () => socket.becomeConnected());
    });
  }
}
