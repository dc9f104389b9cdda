// Prevents connections of this process to other machines.
import net from 'node:net';

type Options = { host?: string; port?: number | string; path?: string };
type Connect = (this: net.Socket, ...args: unknown[]) => net.Socket;

const LOOPBACK = /^(127\.|::1$|localhost$|::ffff:127\.)/;
/** Address at which no server listens. */
const NOWHERE = { host: '127.0.0.1', port: 1 };

/**
 * Keeps every connection of this process on the loopback interface, because a mutated frame may name any address. Can
 * also redirect connections from one port to another. Works until stop().
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
      // net.connect() passes its arguments as one marked array, which must stay the same object.
      if (Array.isArray(first)) first[0] = map(first[0] as Options);
      else if (typeof first === 'object' && first !== null) args[0] = map(first);
      return original.apply(this, args);
    };
    this.#restore = () => {
      prototype.connect = original;
    };
  }

  /** Redirects connections to `port` to `proxyPort` from now on. */
  redirect(port: number, proxyPort: number): void {
    this.#redirects.set(port, proxyPort);
  }

  /** Ends all redirections. */
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
