// Writes the pages of docs/ that are made from tables in the code, docs/NAME.md by page() of scripts/docs/NAME.ts, and the
// job files of the tutorials.
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const sources = path.join(root, 'scripts', 'docs');

// Inside the project, so that the bundles find its packages.
const built = fs.mkdtempSync(path.join(root, 'node_modules', '.docs-'));
process.on('exit', () => fs.rmSync(built, { recursive: true, force: true }));

await build({
  entryPoints: [...fs.readdirSync(sources).map((source) => `docs/${source}`), 'tutorial-jobs.ts'],
  absWorkingDir: path.join(root, 'scripts'),
  outbase: '.',
  outdir: built,
  outExtension: { '.js': '.mjs' },
  bundle: true,
  // Code that the pages' tables only name, such as commands, stays in chunks that are never loaded.
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  packages: 'external',
  logLevel: 'warning',
});

for (const source of fs.readdirSync(sources)) {
  const { page } = await import(path.join(built, 'docs', `${path.basename(source, '.ts')}.mjs`));
  write(path.join(root, 'docs', `${path.basename(source, '.ts')}.md`), page());
}

const { tutorialJobs } = await import(path.join(built, 'tutorial-jobs.mjs'));
const jobs = tutorialJobs(root);
const jobsDirectory = path.join(root, 'docs', 'tutorials', 'jobs');
for (const [name, text] of Object.entries(jobs)) write(path.join(jobsDirectory, name), text);
for (const name of fs.readdirSync(jobsDirectory)) if (!(name in jobs)) fs.rmSync(path.join(jobsDirectory, name));

/** Writes a file. One that stays as it is keeps its time, so that nothing is built anew after it. */
function write(file, text) {
  if (!fs.existsSync(file) || fs.readFileSync(file, 'utf8') !== text) fs.writeFileSync(file, text);
}
