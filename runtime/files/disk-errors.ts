/** Tells the errors of a failing disk from all others. */
import { errorCode } from '../errors.ts';

/** Input/output error, file system gone read-only, device gone, file system damaged, stale handle of a server. */
const DISK_ERRORS: ReadonlySet<string> = new Set(['EIO', 'EROFS', 'ENODEV', 'ENXIO', 'EUCLEAN', 'EBADMSG', 'ESTALE']);
/** A full disk and a full quota: the disk works, and has no room. */
const NO_ROOM: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT']);

/** Whether the disk or its file system has failed. */
export const isDiskError = (e: unknown): boolean => DISK_ERRORS.has(errorCode(e) ?? '');

/** Whether there is no room on the disk. */
export const isNoRoom = (e: unknown): boolean => NO_ROOM.has(errorCode(e) ?? '');
