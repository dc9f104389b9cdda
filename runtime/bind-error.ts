/** The error of a port that a daemon cannot open, whatever protocol it would serve there. */
import { errorCode, type HadoopError, hadoopError, messageOf } from './errors.ts';

/** Returns a BindException in the words of Hadoop's NetUtils.wrapException. */
export function bindError(error: unknown, host: string, port: number): HadoopError {
  const reason = errorCode(error) === 'EADDRINUSE' ? 'Address already in use' : messageOf(error);
  const details = 'For more details see:  http://wiki.apache.org/hadoop/BindException';
  return hadoopError(
    'BindException',
    `Problem binding to [${host}:${port}] java.net.BindException: ${reason}; ${details}`,
    error,
  );
}
