/** Tells a disk without room, where a write may be tried again, from a disk that fails. Pure. */
import { errorCode, messageOf } from '../../runtime/errors.ts';

/** No room on the disk, in the user's quota, or below the limit of a file's length. */
const CODES: readonly (string | undefined)[] = ['ENOSPC', 'EDQUOT', 'EFBIG'];
/** LevelDB passes the system's words on and not its codes. */
const WORDS = /no space left on device|disk quota exceeded|file too large/i;

/** Whether an error, or one of its causes, says that the disk has no room for a write. */
export function isNoSpace(e: unknown): boolean {
  if (CODES.includes(errorCode(e)) || WORDS.test(messageOf(e))) return true;
  return e instanceof Error && e.cause !== undefined && isNoSpace(e.cause);
}
