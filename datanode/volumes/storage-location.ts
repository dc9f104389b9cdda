/** Entries of dfs.datanode.data.dir and storage types. Pure. */
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { enumName } from '../../protocol/enum-name.ts';
import { StorageTypeProto } from '../../protocol/gen/messages.ts';

export type StorageType = keyof typeof StorageTypeProto;

/** Returns the storage type of a message; DISK if the message names none or an unknown one. */
export function storageTypeOf(number: number | undefined): StorageType {
  return enumName(StorageTypeProto, number) ?? 'DISK';
}

export interface StorageLocation {
  readonly storageType: StorageType;
  /** Absolute path of the volume's root. */
  readonly directory: string;
}

/**
 * Reads one entry of dfs.datanode.data.dir: `[SSD]file:///d1`, `file:///d1` or a path.
 * @throws Error that names the mistake
 */
export function parseStorageLocation(text: string): StorageLocation {
  const match = /^(?:\[(\w+)\])?(.*)$/.exec(text.trim());
  const typeName = (match?.[1] ?? 'DISK').toUpperCase();
  const location = match?.[2] ?? '';
  if (!isStorageType(typeName)) throw new Error(`dfs.datanode.data.dir: unknown storage type in '${text}'`);
  if (location === '') throw new Error(`dfs.datanode.data.dir: no directory in '${text}'`);
  if (/^[a-z][a-z0-9+.-]+:/i.test(location) && !location.startsWith('file:')) {
    throw new Error(`dfs.datanode.data.dir: '${text}' is neither a path nor a file: URI`);
  }
  const directory = location.startsWith('file:')
    ? fileURLToPath(location.replace(/^file:(?!\/\/)/, 'file://'))
    : location;
  return { storageType: typeName, directory: path.resolve(directory) };
}

function isStorageType(name: string): name is StorageType {
  return Object.hasOwn(StorageTypeProto, name);
}

/** Reads dfs.datanode.data.dir.perm. @throws Error that names the mistake */
export function parseDirectoryMode(text: string): number {
  if (/^[0-7]{3,4}$/.test(text)) return Number.parseInt(text, 8) & 0o777;
  throw new Error(`dfs.datanode.data.dir.perm: '${text}' is no permission in octal, such as 700`);
}
