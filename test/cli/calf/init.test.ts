// `calf init`: the project that it makes has a job that runs, and nothing is overwritten.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { initProject } from '../../../cli/calf/init.ts';
import { jobProject } from '../../../cli/calf/job-project.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, readParts, recordConsole } from '../../mapreduce/helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-init-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

it('makes a project whose job runs on its example', async () => {
  const project = path.join(directory, 'My Job');
  const lines = initProject(project);
  expect(lines[0]).toBe(`Made a job project in ${project}. Try it:`);
  const manifest = JSON.parse(fs.readFileSync(path.join(project, 'package.json'), 'utf8'));
  expect(manifest.name).toBe('my-job');
  expect(manifest.dependencies.calf).toBe(`file:${path.resolve(import.meta.dirname, '../../..')}`);
  const out = path.join(directory, 'out');
  const status = await runJobFile({
    file: path.join(project, 'job.ts'),
    conf: localConf(directory, 1),
    args: [path.join(project, 'input'), out],
    ...recordConsole().io,
  });
  expect(status).toBe(0);
  expect(readParts(out)['part-r-00000']).toEqual([
    'best\t1',
    'it\t2',
    'of\t2',
    'the\t2',
    'times\t2',
    'was\t2',
    'worst\t1',
  ]);
});

it('writes nothing where one of its files is there already', () => {
  const taken = path.join(directory, 'taken');
  fs.mkdirSync(taken);
  fs.writeFileSync(path.join(taken, 'README.md'), 'mine');
  expect(() => initProject(taken)).toThrow('README.md exists: calf init writes into a new directory');
  expect(fs.readdirSync(taken)).toEqual(['README.md']);
});

it('tells in its README the commands that its scripts know', () => {
  const { 'README.md': readme = '', 'package.json': manifest = '' } = jobProject({ name: 'x', calf: '1' });
  const scripts = [...readme.matchAll(/npm run (\w+)/g)].map(([, script]) => script ?? '');
  expect(Object.keys(JSON.parse(manifest).scripts)).toEqual(expect.arrayContaining(scripts));
});
