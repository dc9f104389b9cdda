/** A failure that is answered with its own HTTP status. */
import { hadoopError, type JavaClassName } from '../errors.ts';

/** Returns an error that is answered with the status, as a RemoteException. */
export function refusal(status: number, javaClass: JavaClassName, message: string): Error {
  return Object.assign(hadoopError(javaClass, message), { statusCode: status });
}
