// Stands in for the Server of node:net, over the simulated network.
import { EventEmitter } from 'node:events';
import type { SimProcess } from '../world/process.ts';
import type { SimSocket } from './socket.ts';

/** A listening socket with the interface of node:net's Server. */
export class SimServer extends EventEmitter {
  readonly #process: SimProcess;
  readonly #allowHalfOpen: boolean;
  readonly #accept: (socket: SimSocket) => void;
  readonly #open = new Set<SimSocket>();
  #port = 0;
  #onClosed: (() => void) | undefined;

  constructor(process: SimProcess, allowHalfOpen: boolean, accept: (socket: SimSocket) => void) {
    super();
    this.#process = process;
    this.#allowHalfOpen = allowHalfOpen;
    this.#accept = accept;
  }

  listen(options: { readonly port: number }, listening?: () => void): this {
    const accept = (socket: SimSocket): void => {
      this.#open.add(socket);
      socket.once('close', () => {
        this.#open.delete(socket);
        this.#maybeClosed();
      });
      this.#accept(socket);
    };
    const { network } = this.#process.world;
    const port = network.listen(this.#process, options.port, { allowHalfOpen: this.#allowHalfOpen, accept });
    this.#process.after(0.1, () => {
      if (port === undefined) {
        this.emit('error', Object.assign(new Error('listen EADDRINUSE'), { code: 'EADDRINUSE' }));
        return;
      }
      this.#port = port;
      listening?.();
      this.emit('listening');
    });
    return this;
  }

  address() {
    return { address: this.#process.machine.ip, port: this.#port, family: 'IPv4' };
  }

  close(closed?: () => void): this {
    this.#process.world.network.unlisten(this.#process, this.#port);
    this.#onClosed = () => closed?.();
    this.#maybeClosed();
    return this;
  }

  #maybeClosed(): void {
    const closed = this.#onClosed;
    if (closed === undefined || this.#open.size > 0) return;
    this.#onClosed = undefined;
    this.#process.after(0, closed);
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }
}
