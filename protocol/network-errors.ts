/** Failures of connections in Hadoop's words. */
import { errorCode, HadoopError, hadoopError, messageOf } from '../runtime/errors.ts';

const WIKI = '; For more details see:  http://wiki.apache.org/hadoop/';

/** The two ends of a connection, for messages. */
export interface Route {
  /** This machine as `name/ip`, which is how Java prints an InetAddress. */
  readonly localHost: string;
  readonly host: string;
  readonly port: number;
}

/**
 * Returns a socket's failure in the words of Hadoop's NetUtils.wrapException, which users know and search for. A
 * HadoopError is returned as it is, unless it is an RpcException.
 */
export function wrapNetworkError(error: unknown, route: Route): HadoopError {
  const call = `Call From ${route.localHost} to ${route.host}:${route.port}`;
  const details = `local host is: "${route.localHost}"; destination host is: "${route.host}":${route.port}; `;
  const code = errorCode(error);
  switch (code) {
    case 'ECONNREFUSED': {
      const reason = 'java.net.ConnectException: Connection refused';
      const message = `${call} failed on connection exception: ${reason}${WIKI}ConnectionRefused`;
      return hadoopError('ConnectException', message, error);
    }
    case 'ENOTFOUND':
    case 'EAI_AGAIN': {
      const message = `Invalid host name: ${details}java.net.UnknownHostException${WIKI}UnknownHost`;
      return hadoopError('UnknownHostException', message, error);
    }
    case 'ETIMEDOUT': {
      const reason = `java.net.SocketTimeoutException: ${messageOf(error)}`;
      return hadoopError(
        'SocketTimeoutException',
        `${call} failed on socket timeout exception: ${reason}${WIKI}SocketTimeout`,
        error,
      );
    }
    case 'EOF': {
      const message = `End of File Exception between ${details}: java.io.EOFException${WIKI}EOFException`;
      return hadoopError('EOFException', message, error);
    }
    case 'EHOSTUNREACH':
    case 'ENETUNREACH': {
      const reason = 'java.net.NoRouteToHostException: No route to host';
      const message = `No Route to Host from  ${route.localHost} to ${route.host}:${route.port} failed on socket timeout exception: ${reason}${WIKI}NoRouteToHost`;
      return new HadoopError('java.net.NoRouteToHostException', message, error);
    }
    case 'ECONNRESET':
    case 'EPIPE': {
      const reason = `java.net.SocketException: ${code === 'EPIPE' ? 'Broken pipe' : 'Connection reset'}`;
      return new HadoopError(
        'java.net.SocketException',
        `${call} failed on socket exception: ${reason}${WIKI}SocketException`,
        error,
      );
    }
  }
  if (error instanceof HadoopError && !error.is('RpcException')) return error;
  const reason =
    error instanceof HadoopError ? `${error.javaClass}: ${error.message}` : `java.io.IOException: ${messageOf(error)}`;
  return hadoopError('IOException', `Failed on local exception: ${reason}; Host Details : ${details}`, error);
}

/** Returns an error under a code that wrapNetworkError knows. `EOF`: the peer has closed the connection. */
export function networkError(code: 'EOF' | 'ETIMEDOUT', message: string): Error {
  return Object.assign(new Error(message), { code });
}
