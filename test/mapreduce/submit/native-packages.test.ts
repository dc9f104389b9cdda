// A job uses packages with native parts: they are loaded in tasks from a packed node_modules beside the bundle.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { bundleJob } from '../../../mapreduce/submit/bundle-job.ts';
import { localConf, prepareTaskChild, readParts, recordConsole, writeBelow } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const write = (name: string, text: string): string => writeBelow(directory, name, text);

/** Copies a package with native parts, and those that it needs, to the place where a user has installed them. */
function installFrom(root: string, to: string, names: readonly string[]): void {
  for (const name of names)
    fs.cpSync(path.join(root, 'node_modules', name), path.join(to, 'node_modules', name), { recursive: true });
}

// fs-native-extensions ships an addon for each platform, which it finds beside its own files.
it('an addon works in the map and in the reduce of a job', async () => {
  const place = path.join(directory, 'project');
  installFrom(path.resolve(import.meta.dirname, '../../..'), place, [
    'fs-native-extensions',
    'require-addon',
    'which-runtime',
    'bare-addon-resolve',
    'bare-module-resolve',
    'bare-semver',
  ]);
  const job = write(
    'project/job.ts',
    `import native from 'fs-native-extensions';
     import fs, { openSync } from 'node:fs';
     import { job } from 'calf';
     function locked() {
       fs.writeFileSync('lock', 'x');
       return native.tryLock(openSync('lock', 'r+'), 0, 1, {});
     }
     export default job({
       map(line, { emit }) { emit(line, locked()); },
       reduce(line, [mapped], { emit }) { emit(line, mapped + ' ' + locked()); },
     });`,
  );
  const { packages, code } = await bundleJob(job, false);
  expect(packages?.length).toBeGreaterThan(10_000);
  // The addon's own JavaScript stays outside, because it looks for the addon beside itself.
  expect(Buffer.from(code).toString()).not.toContain('require-addon');
  write('project/in/a.txt', 'line\n');
  const { err, io } = recordConsole();
  const [input, output] = [path.join(place, 'in'), path.join(place, 'out')];
  await runJobFile({ file: job, conf: localConf(directory, 2), args: [input, output], ...io });
  expect(err.join('\n')).toContain('completed successfully');
  expect(readParts(output)).toEqual({ 'part-r-00000': ['line\ttrue true'] });
});

it('a job of JavaScript alone has no packages beside it, and may await at its top', async () => {
  const file = write(
    'plain.ts',
    `import { readFile } from 'node:fs/promises';
     import { basename } from 'path';
     import { job } from 'calf';
     const own = basename(new URL(import.meta.url).pathname);
     const text = await readFile('/dev/null', 'utf8');
     export const name = own + text;
     export default job({ map() {} });`,
  );
  const { packages, exports } = await bundleJob(file, false);
  expect(packages).toBeUndefined();
  expect(Object.keys(exports).sort()).toEqual(['default', 'name']);
  expect(exports.name).toBe('job.mjs');
});

// A bundle is compiled once by a process. Its instances have variables of their own, and are collected.
it('many maps with a large bundle take no more memory than few', async () => {
  const file = write(
    'large.ts',
    `import { job } from 'calf';
     import { table } from './table.ts';
     let seen = 0;
     export default job({
       map(_line, { emit }) {
         seen++;
         globalThis.gc?.();
         emit('seen ' + seen + ' of ' + table.length, Math.round(process.memoryUsage.rss() / 2 ** 20));
       },
       reducers: 0,
     });`,
  );
  const rows = Array.from({ length: 20_000 }, (_, i) => `{ id: ${i}, text: ${JSON.stringify('x'.repeat(100) + i)} }`);
  write('table.ts', `export const table = [\n${rows.join(',\n')}\n];`);
  for (let i = 0; i < 60; i++) write(`many/${i}.txt`, 'line\n');
  const { io } = recordConsole();
  const output = path.join(directory, 'many-out');
  const conf = localConf(directory, 2).set('mapreduce.local.map.tasks.maximum', 2);
  expect(await runJobFile({ file, conf, args: [path.join(directory, 'many'), output], ...io })).toBe(0);
  const lines = Object.values(readParts(output))
    .flat()
    .map((line) => line.split('\t'));
  expect(new Set(lines.map(([seen]) => seen))).toEqual(new Set(['seen 1 of 20000']));
  // Before, each map added about 4 MiB: the last one of 30 in a process had 120 MiB more than the first.
  const sizes = lines.map(([, size]) => Number(size)).sort((a, b) => a - b);
  expect(Number(sizes.at(-1)) - Number(sizes[0])).toBeLessThan(90);
}, 30_000);
