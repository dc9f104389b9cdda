// Keeps every connection of this process on the loopback interface.
import net from 'node:net';

type Options = { host?: string; port?: number | string; path?: string };
type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;

const LOOPBACK = /^(127\.|::1$|localhost$|::ffff:127\.)/;
/** Nothing listens there. */
const NOWHERE = { host: '127.0.0.1', port: 1 };

/**
 * Keeps every connection of this process on the loopback interface, whatever address a mutated frame names, and can
 * lead those to one port to another. Ends with stop().
 */
export class Loopback {
  readonly #redirects = new Map<number, number>();
  readonly #restore: () => void;

  constructor() {
    const prototype = net.Socket.prototype as unknown as { connect: Connect };
    const original = prototype.connect;
    const map = (options: Options) => this.#map(options);
    prototype.connect = function connect(this: net.Socket, ...args: unknown[]) {
      const [first] = args;
      // net.connect() hands over a marked array of its arguments; it must stay the same array.
      if (Array.isArray(first)) first[0] = map(first[0] as Options);
      else if (typeof first === 'object' && first !== null) args[0] = map(first);
      return original.apply(this, args);
    };
    this.#restore = () => {
      prototype.connect = original;
    };
  }

  /** From now on connections to `port` go to `proxyPort`. */
  redirect(port: number, proxyPort: number): void {
    this.#redirects.set(port, proxyPort);
  }

  /** Connections go where they should again. */
  clear(): void {
    this.#redirects.clear();
  }

  stop(): void {
    this.#restore();
  }

  #map(options: Options): Options {
    if (options.path !== undefined) return options;
    if (!LOOPBACK.test(options.host ?? 'localhost')) return { ...options, ...NOWHERE };
    const proxyPort = this.#redirects.get(Number(options.port));
    const isProxy = 'direct' in options;
    return proxyPort === undefined || isProxy ? options : { ...options, port: proxyPort };
  }
}
