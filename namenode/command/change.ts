/**
 * The keys of hard state in the store.
 *
 * A command writes the whole new value of each key that it changes. Loading all keys gives the namespace, so there is
 * no log to replay.
 *
 *   inode/<id>            name, parent, attributes and features
 *   block/<file>/<index>  id, generation stamp, length and state
 *   deleted/<id>          an inode that left the tree and whose subtree is not yet removed
 *   counters              the last inode id, block id and generation stamp
 *   event/<number>        an event of the namespace, for programs that watch it; only if events are kept
 *
 * Ids are in base 36 with leading zeros, so keys sort as their ids do. store/edits.ts encodes the values. Keys that
 * begin with `!` belong to the store itself (store.ts, answered-calls.ts).
 */

/** One key that a command writes or deletes. */
export type Change =
  | { readonly type: 'put'; readonly key: string; readonly value: string }
  | { readonly type: 'del'; readonly key: string };

export const COUNTERS_KEY = 'counters';
export const INODE_PREFIX = 'inode/';
export const BLOCK_PREFIX = 'block/';
export const DELETED_PREFIX = 'deleted/';
export const EVENT_PREFIX = 'event/';

const ID_DIGITS = 9;
const idText = (id: number) => id.toString(36).padStart(ID_DIGITS, '0');

export const inodeKey = (id: number): string => INODE_PREFIX + idText(id);
export const deletedKey = (id: number): string => DELETED_PREFIX + idText(id);
export const blockKey = (fileId: number, index: number): string =>
  `${BLOCK_PREFIX}${idText(fileId)}/${index.toString(36).padStart(4, '0')}`;

export const eventKey = (number: number): string => EVENT_PREFIX + idText(number);

export const numberOfEventKey = (key: string): number => Number.parseInt(key.slice(EVENT_PREFIX.length), 36);
export const idOfINodeKey = (key: string): number => Number.parseInt(key.slice(INODE_PREFIX.length), 36);
export const idOfDeletedKey = (key: string): number => Number.parseInt(key.slice(DELETED_PREFIX.length), 36);
export const fileOfBlockKey = (key: string): number =>
  Number.parseInt(key.slice(BLOCK_PREFIX.length, BLOCK_PREFIX.length + ID_DIGITS), 36);
export const indexOfBlockKey = (key: string): number =>
  Number.parseInt(key.slice(BLOCK_PREFIX.length + ID_DIGITS + 1), 36);
