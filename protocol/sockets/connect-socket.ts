/** Opening TCP connections. */
import net from 'node:net';
import { networkError } from '../network-errors.ts';

export interface ConnectSocketOptions extends net.TcpNetConnectOpts {
  readonly host: string;
  /** Limit of the attempt; 0: the system's own limit. */
  readonly timeoutMs: number;
}

/**
 * Opens a TCP connection. The caller must listen to the socket's errors from then on.
 * @param signal destroys the socket, connected or not; net.connect's own signal would keep closed sockets in memory
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
