// The pages show the code that there is: each block is a part of the job file, and each job file is the built-in example.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { blocksOf, JOBS, PAGES, ROOT, TUTORIALS } from './blocks.ts';

/** The import of the API is the difference between an example and a job file; a formatter orders the imports. */
function parts(text: string): { readonly imports: string[]; readonly rest: string } {
  const api = text.replace("'../../api/api.ts'", "'calf'");
  const statement = /^import [^;]*;\n/gm;
  return { imports: (api.match(statement) ?? []).sort(), rest: api.replace(statement, '').replace(/\n\n+/g, '\n') };
}

describe('each job file of the tutorials is the built-in example', () => {
  test.each(JOBS)('%s', (name) => {
    const example = fs.readFileSync(path.join(ROOT, 'mapreduce/examples/course', name), 'utf8');
    const job = fs.readFileSync(path.join(TUTORIALS, 'jobs', name), 'utf8');
    expect(job).toContain("from 'calf'");
    expect(parts(job)).toEqual(parts(example));
  });

  test('every example of the course has one', () => {
    expect(JOBS).toEqual(fs.readdirSync(path.join(ROOT, 'mapreduce/examples/course')));
  });
});

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
