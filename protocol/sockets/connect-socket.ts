import net from 'node:net';
import { networkError } from '../network-errors.ts';

export interface ConnectSocketOptions extends net.TcpNetConnectOpts {
  readonly host: string;
  /** 0 waits as long as the system does. */
  readonly timeoutMs: number;
}

/**
 * Opens a TCP connection. Whoever gets the socket listens to its errors from then on.
 * @param signal destroys the socket, be it connected or not; unlike net.connect's it forgets sockets that have closed
 * @throws the socket's error, the signal's reason, or an error with code ETIMEDOUT
 */
export function connectSocket(
  { timeoutMs, ...options }: ConnectSocketOptions,
  signal?: AbortSignal,
): Promise<net.Socket> {
  return new Promise((resolve, reject) => {
    signal?.throwIfAborted();
    const socket = net.connect(options);
    const giveUp = () => {
      const where = `${options.host}:${options.port}`;
      const waited = `${timeoutMs} millis timeout while waiting for channel to be ready for connect. ch : ${where}`;
      socket.destroy(networkError('ETIMEDOUT', waited));
    };
    const timer = timeoutMs > 0 ? setTimeout(giveUp, timeoutMs) : undefined;
    const onAbort = () => socket.destroy(signal?.reason);
    signal?.addEventListener('abort', onAbort);
    socket.once('close', () => signal?.removeEventListener('abort', onAbort));
    const onError = (e: Error) => {
      clearTimeout(timer);
      reject(e);
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      clearTimeout(timer);
      socket.off('error', onError);
      resolve(socket);
    });
  });
}
