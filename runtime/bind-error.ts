/** The error of a port that a daemon cannot open, whatever protocol it would serve there. */
import { errorCode, type HadoopError, hadoopError, isHadoopError, messageOf } from './errors.ts';

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

/**
 * Waits until a daemon's port is open.
 * @param property the setting from which the address comes
 * @throws BindException that names the property, because the address alone does not say which of a daemon's ports it is
 */
export async function opened<T>(property: string, opening: Promise<T>): Promise<T> {
  try {
    return await opening;
  } catch (e) {
    if (!isHadoopError(e, 'BindException')) throw e;
    throw hadoopError('BindException', `${e.message}. Set ${property} to another address`, e);
  }
}
