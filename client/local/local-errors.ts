import { parentPath } from '../../protocol/path.ts';
import { HadoopError, hadoopError, type JavaClassName } from '../../runtime/errors.ts';

/** The system's errors as Java names and words them; others are java.io.IOException. */
const ERRORS: Partial<Record<string, { name: JavaClassName; message: (file: string) => string }>> = {
  ENOENT: { name: 'FileNotFoundException', message: (f) => `File file:${f} does not exist` },
  ENOTDIR: { name: 'ParentNotDirectoryException', message: (f) => `Parent path is not a directory: ${parentPath(f)}` },
  EEXIST: { name: 'FileAlreadyExistsException', message: (f) => `${f} already exists` },
  EACCES: { name: 'AccessControlException', message: (f) => `${f} (Permission denied)` },
  EPERM: { name: 'AccessControlException', message: (f) => `${f} (Operation not permitted)` },
};

/** What comes of a system call; `missingMessage` says what it means that there is no such file. @throws HadoopError */
export async function systemCall<T>(file: string, result: Promise<T>, missingMessage?: string): Promise<T> {
  try {
    return await result;
  } catch (e) {
    throw localError(file, e, missingMessage);
  }
}

/** A failure of the system as a JVM client would see it. */
export function localError(file: string, e: unknown, missingMessage?: string): HadoopError {
  const code = codeOf(e);
  if (code === 'ENOENT' && missingMessage) return hadoopError('FileNotFoundException', missingMessage, e);
  const known = ERRORS[code ?? ''];
  return known ? hadoopError(known.name, known.message(file), e) : HadoopError.from(e);
}

/** The system's name of an error, such as ENOENT. */
export function codeOf(e: unknown): string | undefined {
  return e instanceof Error && 'code' in e && typeof e.code === 'string' ? e.code : undefined;
}
