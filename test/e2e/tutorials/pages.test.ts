// The pages show the code that there is: each block is a part of the job file, which the build makes of the built-in example.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, PAGES, TUTORIALS } from './blocks.ts';

describe('the code of each page stands in its job file', () => {
  test.each(PAGES)('%s', (page) => {
    const job = path.join(TUTORIALS, 'jobs', `${page.replace('.md', '').replaceAll('-', '')}.ts`);
    for (const { language, file, text } of blocksOf(path.join(TUTORIALS, page))) {
      if (language === 'ts' && file === undefined) expect(fs.readFileSync(job, 'utf8')).toContain(text);
    }
  });
});

test('the overview links every page', () => {
  const overview = fs.readFileSync(path.join(TUTORIALS, 'README.md'), 'utf8');
  expect(PAGES.filter((page) => !overview.includes(`](${page})`))).toEqual([]);
});
