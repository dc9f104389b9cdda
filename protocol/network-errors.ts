import { HadoopError, hadoopError } from '../runtime/errors.ts';

const WIKI = '; For more details see:  http://wiki.apache.org/hadoop/';

/** Who talked to whom, for the messages below. */
export interface Route {
  /** `name/ip` of this machine, as Java prints an InetAddress. */
  readonly localHost: string;
  readonly host: string;
  readonly port: number;
}

/**
 * A socket's failure in the words of Hadoop's NetUtils.wrapException, which users know and search for. Failures that
 * have a Java class already keep it.
 */
export function wrapNetworkError(error: unknown, route: Route): HadoopError {
  const call = `Call From ${route.localHost} to ${route.host}:${route.port}`;
  const details = `local host is: "${route.localHost}"; destination host is: "${route.host}":${route.port}; `;
  const cause = error as NodeJS.ErrnoException;
  switch (cause.code) {
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
      const reason = `java.net.SocketTimeoutException: ${cause.message}`;
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
      const reason = `java.net.SocketException: ${cause.code === 'EPIPE' ? 'Broken pipe' : 'Connection reset'}`;
      return new HadoopError(
        'java.net.SocketException',
        `${call} failed on socket exception: ${reason}${WIKI}SocketException`,
        error,
      );
    }
  }
  if (error instanceof HadoopError && !error.is('RpcException')) return error;
  const reason =
    error instanceof HadoopError ? `${error.javaClass}: ${error.message}` : `java.io.IOException: ${cause.message}`;
  return hadoopError('IOException', `Failed on local exception: ${reason}; Host Details : ${details}`, error);
}

/** An error of this module's own making under a code that `wrapNetworkError` knows, such as `EOF`. */
export function networkError(code: 'EOF' | 'ETIMEDOUT', message: string): Error {
  return Object.assign(new Error(message), { code });
}
