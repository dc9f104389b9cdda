/** `calf init [DIR]`: makes a job project. */
import fs from 'node:fs';
import path from 'node:path';
import { distDir } from '../../runtime/dist.ts';
import { jobProject } from './job-project.ts';

/**
 * Writes the files of a job project.
 * @returns the lines to print
 * @throws Error if one of the files is there already; nothing is written then
 */
export function initProject(directory: string): string[] {
  const target = path.resolve(directory);
  const files = jobProject({ name: packageName(path.basename(target)), calf: calfDependency() });
  const taken = Object.keys(files).find((name) => fs.existsSync(path.join(target, name)));
  if (taken !== undefined) throw new Error(`${path.join(target, taken)} exists: calf init writes into a new directory`);
  for (const [name, text] of Object.entries(files)) {
    const file = path.join(target, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
  const enter = target === process.cwd() ? [] : [`  cd ${directory}`];
  return [
    `Made a job project in ${target}. Try it:`,
    ...enter,
    '  npm install',
    '  npm test',
    '  npm run job -- input output',
    '  cat output/part-r-00000',
  ];
}

/** Returns a name that npm takes. */
function packageName(text: string): string {
  return (
    text
      .toLowerCase()
      .replaceAll(/[^a-z0-9-]+/g, '-')
      .replaceAll(/^-+|-+$/g, '') || 'job'
  );
}

/** Returns this installation of Calf; npx keeps its own for a short time only, so that its version is named. */
function calfDependency(): string {
  const root = path.dirname(fs.realpathSync(distDir()));
  if (!root.split(path.sep).includes('_npx')) return `file:${root}`;
  const { version } = JSON.parse(fs.readFileSync(path.join(root, 'package.json'), 'utf8')) as { version: string };
  return `^${version}`;
}
