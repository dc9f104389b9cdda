// Keeps the walls between the floors in the tests too: a test of one floor must not need another floor's code.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { FLOORS, importsIn } from './floors.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');

/** Tests of the whole cluster, and the machines that try to break it: they may import every floor. */
const WHOLE_CLUSTER = new Set(
  'bench chaos cli cluster contract e2e fuzz hostile interop jobsim load scenarios sim story tidy'.split(' '),
);

/** Imports across the wall that are still to be mended. One that is gone must leave this list. */
const ACROSS: readonly string[] = [];

const files = fs
  .readdirSync(path.join(ROOT, 'test'), { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.ts'))
  .map((name) => `test/${name}`);

/** Whether a test of a floor may import a file: its own floor and those below, with their test code, and test/support. */
function allowed(floor: string, to: string): boolean {
  const [top = '', second = ''] = to.split('/');
  const floors = [floor, ...(FLOORS[floor] ?? '').split(' ')];
  return top === 'test' ? second === 'support' || floors.includes(second) : floors.includes(top);
}

describe('tests', () => {
  test('every folder of tests is that of a floor, of the whole cluster or of support', () => {
    const folders = new Set(files.map((file) => file.split('/')[1] ?? ''));
    const known = [...folders].filter(
      (name) => FLOORS[name] !== undefined || WHOLE_CLUSTER.has(name) || name === 'support',
    );
    expect([...folders].sort()).toEqual(known.sort());
  });

  test('no test imports across the wall', () => {
    const wrong = files.flatMap((file) => {
      const folder = file.split('/')[1] ?? '';
      if (WHOLE_CLUSTER.has(folder)) return [];
      const imports = importsIn(file, fs.readFileSync(path.join(ROOT, file), 'utf8'));
      return imports.filter((to) => !allowed(folder, to)).map((to) => `${file} -> ${to}`);
    });
    expect(wrong.sort()).toEqual([...ACROSS].sort());
  });

  // Files share a process, and vi.unstubAllEnvs() deletes from the object that the process began with.
  test('no test replaces process.env', () => {
    const wrong = files.filter((file) => /\bprocess\.env = /.test(fs.readFileSync(path.join(ROOT, file), 'utf8')));
    expect(wrong).toEqual([]);
  });
});
