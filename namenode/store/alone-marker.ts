/**
 * The mark of a directory that served without another one. If it is damaged later, the other one must not take its place
 * in silence: it lacks the changes that were acknowledged meanwhile.
 */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../runtime/errors.ts';
import { syncDirectory } from '../../runtime/files/sync-directory.ts';

/** The mark's file, beside the store's directory. */
const FILE = 'served-alone';
const FILE_MODE = 0o600;

/** The start of the NameNode in which a directory was left out, and how many were left out before in that start. */
export interface AloneMark {
  readonly epoch: number;
  readonly count: number;
}

const fileOf = (storePath: string): string => path.join(path.dirname(storePath), FILE);

/** Writes the mark into a directory, durably. */
export async function writeAloneMark(storePath: string, { epoch, count }: AloneMark): Promise<void> {
  await fs.writeFile(fileOf(storePath), `${epoch} ${count}\n`, { flush: true, mode: FILE_MODE });
  await syncDirectory(path.dirname(storePath));
}

/** Reads the mark of a directory; undefined if it has none, or can't be read. */
export async function readAloneMark(storePath: string): Promise<AloneMark | undefined> {
  let text: string;
  try {
    text = await fs.readFile(fileOf(storePath), 'utf8');
  } catch (e) {
    if (errorCode(e) === undefined) throw e;
    return undefined;
  }
  const [, epoch, count] = /^(\d+) (\d+)\n$/.exec(text) ?? [];
  // A mark that is damaged still says that the others may lack something.
  if (epoch === undefined) return { epoch: Number.POSITIVE_INFINITY, count: 0 };
  return { epoch: Number(epoch), count: Number(count) };
}

/**
 * Returns the number of a new start: beyond the last one, and beyond those that left a mark and failed before they had begun.
 * With the number of such a mark, a directory that is filled now would count as one that was left out.
 */
export async function numberOfStart(
  stores: readonly { readonly path: string; readonly epoch: number }[],
): Promise<number> {
  const marks = await Promise.all(stores.map(({ path: storePath }) => readAloneMark(storePath)));
  const marked = marks.map((mark) => mark?.epoch ?? 0).filter(Number.isFinite);
  return Math.max(...stores.map(({ epoch }) => epoch), ...marked) + 1;
}

/** Whether a directory of a start lacks what another one has. @param own the directory's own mark */
export function isBehind(epoch: number, own: AloneMark | undefined, other: AloneMark | undefined): boolean {
  if (other === undefined || other.epoch < epoch) return false;
  if (own === undefined) return true;
  return other.epoch > own.epoch || (other.epoch === own.epoch && other.count > own.count);
}
