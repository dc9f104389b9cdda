// Code blocks of the pages that users follow.
import fs from 'node:fs';
import path from 'node:path';

export const ROOT = path.resolve(import.meta.dirname, '../../..');
export const TUTORIALS = path.join(ROOT, 'docs/tutorials');
export const PAGES = fs.readdirSync(TUTORIALS).filter((name) => name.endsWith('.md') && name !== 'README.md');
/** The pages whose commands a test runs. */
export const RUN_PAGES = [...PAGES, '../distcp.md'];
export const JOBS = fs.readdirSync(path.join(TUTORIALS, 'jobs'));

export interface Block {
  readonly language: string;
  /** The name of the file that the block is to be saved as. */
  readonly file: string | undefined;
  readonly text: string;
}

/** Returns the fenced blocks of a page, in order. */
export function blocksOf(page: string): Block[] {
  const text = fs.readFileSync(page, 'utf8');
  return [...text.matchAll(/^```(\w*)(?: file=(\S+))?\n(.*?)^```$/gms)].map(([, language = '', file, body = '']) => ({
    language,
    file,
    text: body,
  }));
}
