// The words of a command: PipeMapRed.splitArgs of Hadoop, and its search for the program.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { commandWords, findProgram } from '../../../mapreduce/streaming/command-words.ts';

describe('commandWords', () => {
  it.each([
    ['cat', ['cat']],
    ['  wc   -l ', ['wc', '-l']],
    [`sh -c 'a | b "c"'`, ['sh', '-c', 'a | b "c"']],
    [`grep "a b" 'c"d'`, ['grep', 'a b', 'c"d']],
    // A quote ends a word, and an empty pair of quotes is no word.
    [`a'b c'd ''`, ['a', 'b c', 'd']],
    ['cat | wc', ['cat', '|', 'wc']],
    [`sh -c "open`, ['sh', '-c', 'open']],
    ['', []],
  ])('splits %s', (command, words) => expect(commandWords(command)).toEqual(words));
});

describe('findProgram', () => {
  it('takes a file of the task, makes it executable, then looks along PATH', () => {
    const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'find-program-'));
    try {
      const file = path.join(directory, 'map.py');
      fs.writeFileSync(file, '', { mode: 0o600 });
      expect(findProgram('map.py', directory, '/nowhere')).toBe(file);
      expect(fs.statSync(file).mode & 0o777).toBe(0o711);
      expect(findProgram('sh', directory, '/nowhere:/bin')).toBe('/bin/sh');
      expect(findProgram('no-such-program', directory, '/bin')).toBe('no-such-program');
      expect(findProgram('/bin/sh', directory, undefined)).toBe('/bin/sh');
    } finally {
      fs.rmSync(directory, { recursive: true });
    }
  });
});
