/** Tells a disk without room, where a write may be tried again, from a disk that fails. Pure. */
import { errorCode, messageOf } from '../../runtime/errors.ts';
import { isNoRoom } from '../../runtime/files/disk-errors.ts';

/** A file that has reached the user's limit of length is taken for a full disk here. */
const FILE_TOO_LARGE = 'EFBIG';
/** LevelDB passes the system's words on and not its codes. */
const WORDS = /no space left on device|disk quota exceeded|file too large/i;

/** Whether an error, or one of its causes, says that the disk has no room for a write. */
export function isNoSpace(e: unknown): boolean {
  if (isNoRoom(e) || errorCode(e) === FILE_TOO_LARGE || WORDS.test(messageOf(e))) return true;
  return e instanceof Error && e.cause !== undefined && isNoSpace(e.cause);
}
