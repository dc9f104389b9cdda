/** Makes the words of a command of the text that -mapper, -combiner and -reducer give, and finds its program. Pure but for the file system. */
import fs from 'node:fs';
import path from 'node:path';

/**
 * Splits a command at its blanks, as PipeMapRed.splitArgs of Hadoop. Text between quotes is one word; no shell runs. A
 * quote ends the word before it, so that `a'b'` is two words.
 */
export function commandWords(command: string): string[] {
  const words: string[] = [];
  let quote = '';
  let start = 0;
  for (let at = 0; at <= command.length; at++) {
    const char = command[at];
    let ends = char === undefined;
    if ((char === "'" || char === '"') && (quote === '' || quote === char)) {
      quote = quote === '' ? char : '';
      ends = true;
    } else if (char === ' ' && quote === '') ends = true;
    if (!ends) continue;
    if (at > start) words.push(command.slice(start, at));
    start = at + 1;
  }
  return words;
}

/**
 * Returns the path of a program: in the task's directory, then in those of PATH; otherwise the name as it is. A file in the
 * task's directory is made executable, because files lose their mode on the way through HDFS.
 */
export function findProgram(name: string, directory: string, searchPath: string | undefined): string {
  if (path.isAbsolute(name)) return name;
  const own = path.join(directory, name);
  makeExecutable(own);
  const places = [directory, ...(searchPath ?? '').split(path.delimiter).filter((place) => place !== '')];
  return places.map((place) => path.join(place, name)).find(isFile) ?? name;
}

const isFile = (file: string): boolean => fs.statSync(file, { throwIfNoEntry: false })?.isFile() ?? false;

function makeExecutable(file: string): void {
  const status = fs.statSync(file, { throwIfNoEntry: false });
  const isExecutable = ((status?.mode ?? 0) & 0o111) === 0o111;
  if (!status?.isFile() || isExecutable) return;
  // A file of another user stays as it is: the start of the program tells of a right that is missing.
  if (status.uid === process.getuid?.()) fs.chmodSync(file, status.mode | 0o111);
}
