// The pages: those made from tables in the code are as the code makes them now, and the files that a page names are there.
import fs from 'node:fs';
import path from 'node:path';
import { describe, expect, test } from 'vitest';
import { tutorialJobs } from '../../scripts/tutorial-jobs.ts';

const ROOT = path.resolve(import.meta.dirname, '../..');
const PAGES = fs.readdirSync(path.join(ROOT, 'scripts/docs')).map((source) => path.basename(source, '.ts'));

describe('docs/, as npm run build writes it', () => {
  test.each(PAGES)('%s.md', async (name) => {
    const { page } = (await import(`../../scripts/docs/${name}.ts`)) as { page: () => string };
    expect(fs.readFileSync(path.join(ROOT, 'docs', `${name}.md`), 'utf8')).toBe(page());
  });

  test('the job files of the tutorials', () => {
    const jobs = path.join(ROOT, 'docs/tutorials/jobs');
    const written = fs.readdirSync(jobs).map((name) => [name, fs.readFileSync(path.join(jobs, name), 'utf8')]);
    expect(Object.fromEntries(written)).toEqual(tutorialJobs(ROOT));
  });
});

/** Every file of the project, for the names that pages give. */
const FILES = ['cli', 'client', 'cluster', 'conf', 'datanode', 'docs', 'mapreduce', 'namenode', 'protocol', 'runtime']
  .concat('scripts', 'test', 'tools')
  .flatMap((top) => fs.readdirSync(path.join(ROOT, top), { recursive: true }).map((name) => `${top}/${name}`))
  .concat(fs.readdirSync(ROOT));

/** Our pages, and not those that the build writes: their names are of properties. */
const WRITTEN = FILES.filter((file) => file.endsWith('.md') && !PAGES.includes(path.basename(file, '.md')));

describe('every file that a page names is there', () => {
  test.each(WRITTEN)('%s', (page) => {
    const text = fs.readFileSync(path.join(ROOT, page), 'utf8');
    const names = [...text.matchAll(/`([\w./-]+\.(?:ts|mjs|proto|txt|md))`/g)].map((match) => match[1] ?? '');
    const links = [...text.matchAll(/\]\(([\w./-]+)\)/g)].map((match) => path.join(path.dirname(page), match[1] ?? ''));
    const missing = names.filter((name) => !FILES.some((file) => file === name || file.endsWith(`/${name}`)));
    expect([...missing, ...links.filter((link) => !FILES.includes(link))]).toEqual([]);
  });
});
