/** The place of the built programs, for daemons and tasks that are started as processes. */
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/**
 * Returns the directory of the built programs. Its place relative to this module differs: the bundler moves the module
 * into dist/chunks, and tests run it from the sources.
 * @throws Error if the programs are not built
 */
export function distDir(): string {
  const here = path.dirname(fileURLToPath(import.meta.url));
  const places = [here, path.join(here, '..'), path.join(here, '..', 'dist')];
  const found = places.find((dir) => fs.statSync(path.join(dir, 'task-child.js'), { throwIfNoEntry: false }));
  if (!found) throw new Error('The programs are not built: run npm run build');
  return path.resolve(found);
}

/** Returns the path of a built program, such as `hdfs`. */
export const distProgram = (name: string): string => path.join(distDir(), `${name}.js`);
