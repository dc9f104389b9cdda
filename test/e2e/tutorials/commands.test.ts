// The commands of the tutorials, run as they are printed, and the types of the code that the pages show.
import { execFile } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MiniCluster } from '../../../cluster/mini-cluster.ts';
import { prepareTaskChild } from '../../mapreduce/helpers.ts';
import { blocksOf, JOBS, ROOT, RUN_PAGES, TUTORIALS } from './blocks.ts';

/** A page runs up to a dozen programs, and a busy machine may be ten times slower than an idle one. */
const PAGE_TIMEOUT_MS = 240_000;

let directory: string;
let cluster: MiniCluster;
let removeChild: () => void;

beforeAll(async () => {
  ({ remove: removeChild } = await prepareTaskChild());
  directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-tutorials-'));
  cluster = await MiniCluster.start({ datanodes: 1, properties: { 'dfs.replication': '1' } });
  // The directory of somebody who has installed Calf, and the packages that a page names.
  fs.mkdirSync(path.join(directory, 'bin'));
  for (const name of ['hdfs', 'hadoop']) {
    const program = `#!/bin/sh\nexec ${process.execPath} ${path.join(ROOT, 'dist', `${name}.js`)} "$@"\n`;
    fs.writeFileSync(path.join(directory, 'bin', name), program, { mode: 0o755 });
  }
  fs.mkdirSync(path.join(directory, 'node_modules'));
  for (const name of ['pngjs', 'jpeg-js']) {
    fs.symlinkSync(path.join(ROOT, 'node_modules', name), path.join(directory, 'node_modules', name));
  }
  for (const name of JOBS) fs.copyFileSync(path.join(TUTORIALS, 'jobs', name), path.join(directory, name));
});

afterAll(async () => {
  await cluster?.stop();
  if (directory) fs.rmSync(directory, { recursive: true, force: true });
  removeChild?.();
});

/** Runs the commands of a block in one shell, as a user types them. Returns what they print. */
async function run(commands: string): Promise<string> {
  // The commands find their own build.
  const { CALF_DIST: _, ...inherited } = process.env;
  const env = {
    ...inherited,
    PATH: `${path.join(directory, 'bin')}:${process.env.PATH}`,
    HADOOP_CONF_DIR: cluster.confDir,
  };
  const { stdout } = await promisify(execFile)('bash', ['-ec', `set -o pipefail\n${commands}`], {
    cwd: directory,
    env,
  });
  return stdout;
}

describe('the commands of the tutorials print what the pages say', () => {
  test.each(RUN_PAGES)(
    '%s',
    async (page) => {
      let printed = '';
      for (const { language, file, text } of blocksOf(path.join(TUTORIALS, page))) {
        if (file !== undefined) fs.writeFileSync(path.join(directory, file), text);
        else if (language === 'sh') printed = await run(text);
        else if (language === 'text') expect(printed, `${page}: ${text}`).toBe(text);
      }
    },
    PAGE_TIMEOUT_MS,
  );
});

describe('the code of the pages has no type errors', () => {
  test('docs/job-api.md and the job files', async () => {
    const at = fs.mkdtempSync(path.join(ROOT, 'node_modules', '.calf-pages-'));
    try {
      const pages = [path.join(ROOT, 'docs/job-api.md'), path.join(ROOT, 'README.md')];
      const codes = pages.flatMap((page) => blocksOf(page).filter(({ language }) => language === 'ts'));
      for (const [i, { text }] of codes.entries()) fs.writeFileSync(path.join(at, `page${i}.ts`), text);
      for (const name of JOBS) fs.copyFileSync(path.join(TUTORIALS, 'jobs', name), path.join(at, name));
      const options = { noEmit: true, rootDir: ROOT, paths: { calf: [path.join(ROOT, 'index.ts')] } };
      const config = {
        extends: path.join(ROOT, 'tsconfig.json'),
        compilerOptions: options,
        include: [],
        files: [...fs.readdirSync(at), path.join(ROOT, 'runtime/files/fs-native-extensions.d.ts')],
      };
      fs.writeFileSync(path.join(at, 'tsconfig.json'), JSON.stringify(config));
      expect(codes.length).toBeGreaterThan(6);
      const tsc = path.join(ROOT, 'node_modules/typescript/bin/tsc');
      const { stdout } = await promisify(execFile)(process.execPath, [tsc, '-p', at, '--pretty', 'false']).catch(
        (e) => e,
      );
      expect(stdout).toBe('');
    } finally {
      fs.rmSync(at, { recursive: true, force: true });
    }
  });
});
