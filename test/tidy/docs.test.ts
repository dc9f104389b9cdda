// The pages of docs/ that are made from tables in the code are those that the code makes now.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = fs.readdirSync(path.join(ROOT, 'scripts/docs')).map((source) => path.basename(source, '.ts'));

describe('docs/, as npm run build writes it', () => {
  test.each(PAGES)('%s.md', async (name) => {
    const { page } = (await import(`../../scripts/docs/${name}.ts`)) as { page: () => string };
    expect(fs.readFileSync(path.join(ROOT, 'docs', `${name}.md`), 'utf8')).toBe(page());
  });
});
