/** Saves and loads the position of a volume's block scanner, in a file that Hadoop's DataNodes read too. */
import fs from 'node:fs/promises';
import path from 'node:path';
import { errorCode } from '../../runtime/errors.ts';
import type { Logger } from '../../runtime/log.ts';
import { blockFileName, idToBlockDir } from '../volumes/block-layout.ts';

/** The position of a volume's block scanner. */
export interface ScanCursor {
  /** When the round began, in milliseconds since the epoch. */
  readonly iterStartMs: number;
  /** The place (`placeOf`) of the block that was scanned last; '' at the start of a round. */
  readonly place: string;
  /** Whether the round is over. The next round begins one period after the start of this round. */
  readonly atEnd: boolean;
}

/** Returns a block's place in the order of a round, which is that of the directories: `subdir0/subdir1/blk_2`. */
export function placeOf(blockId: number): string {
  return `${idToBlockDir(blockId).split(path.sep).join('/')}/${blockFileName(blockId)}`;
}

/** Returns the text of Hadoop's file `scanner.cursor` (FsVolumeImpl.BlockIteratorState). */
export function formatCursor({ iterStartMs, place, atEnd }: ScanCursor, nowMs: number): string {
  const [curFinalizedDir = null, curFinalizedSubDir = null, curEntry = null] = place === '' ? [] : place.split('/');
  return `${JSON.stringify({ lastSavedMs: nowMs, iterStartMs, curFinalizedDir, curFinalizedSubDir, curEntry, atEnd })}\n`;
}

/** Returns undefined for a text that is no cursor: then a new round begins. */
export function parseCursor(text: string): ScanCursor | undefined {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return undefined;
  }
  if (typeof parsed !== 'object' || parsed === null) return undefined;
  const { iterStartMs, curFinalizedDir, curFinalizedSubDir, curEntry, atEnd } = parsed as Record<string, unknown>;
  if (typeof iterStartMs !== 'number') return undefined;
  const names = [curFinalizedDir, curFinalizedSubDir, curEntry].filter((name) => typeof name === 'string');
  return { iterStartMs, place: names.join('/'), atEnd: atEnd === true };
}

/**
 * Returns the cursor that was saved last; undefined if there is none, or if its file is damaged, which is logged.
 * @throws the failure of the disk
 */
export async function loadCursor(file: string, log: Logger): Promise<ScanCursor | undefined> {
  let text: string;
  try {
    text = await fs.readFile(file, 'utf8');
  } catch (e) {
    if (errorCode(e) === 'ENOENT') return undefined;
    throw e;
  }
  const cursor = parseCursor(text);
  if (!cursor) log.warn({ file }, 'the cursor of the block scanner is damaged; the scanner begins a new round');
  return cursor;
}

export async function saveCursor(file: string, cursor: ScanCursor, nowMs: number): Promise<void> {
  await fs.writeFile(`${file}.tmp`, formatCursor(cursor, nowMs), { mode: 0o600 });
  await fs.rename(`${file}.tmp`, file);
}
