// Tests that each bug that a chaos run can plant still fits the source files.
import fs from 'node:fs';
import path from 'node:path';
import { expect, test } from 'vitest';
import planted from './planted.json' with { type: 'json' };

const root = path.join(import.meta.dirname, '..', '..');

test.each(planted)('the text that $name replaces is in its file exactly once', ({ patches }) => {
  expect(patches.length).toBeGreaterThan(0);
  for (const { file, find, replace } of patches) {
    expect(fs.readFileSync(path.join(root, file), 'utf8').split(find)).toHaveLength(2);
    expect(replace).not.toBe(find);
  }
});
