/** Failures of the operating system as a JVM client would see them. */
import { parentPath } from '../../protocol/path.ts';
import { errorCode, HadoopError, hadoopError, type JavaClassName } from '../../runtime/errors.ts';

/** Errors of the system with their Java class and message; any other error is a java.io.IOException. */
const ERRORS: Partial<Record<string, { name: JavaClassName; message: (file: string) => string }>> = {
  ENOENT: { name: 'FileNotFoundException', message: (f) => `File file:${f} does not exist` },
  ENOTDIR: { name: 'ParentNotDirectoryException', message: (f) => `Parent path is not a directory: ${parentPath(f)}` },
  EEXIST: { name: 'FileAlreadyExistsException', message: (f) => `${f} already exists` },
  EACCES: { name: 'AccessControlException', message: (f) => `${f} (Permission denied)` },
  EPERM: { name: 'AccessControlException', message: (f) => `${f} (Operation not permitted)` },
};

/** Returns the result of a system call. `missingMessage` is the message if there is no such file. @throws HadoopError */
export async function systemCall<T>(file: string, result: Promise<T>, missingMessage?: string): Promise<T> {
  try {
    return await result;
  } catch (e) {
    throw localError(file, e, missingMessage);
  }
}

/** Returns a failure of the system as the HadoopError that a JVM client would see. */
export function localError(file: string, e: unknown, missingMessage?: string): HadoopError {
  const code = errorCode(e);
  if (code === 'ENOENT' && missingMessage) return hadoopError('FileNotFoundException', missingMessage, e);
  const known = ERRORS[code ?? ''];
  return known ? hadoopError(known.name, known.message(file), e) : HadoopError.from(e);
}
