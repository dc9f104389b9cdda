// Files and archives beside tasks: -files and -archives, in this process and in task processes.
import fs from 'node:fs';
import path from 'node:path';
import * as tar from 'tar';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runExample, runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, prepareTaskChild, readParts, recordConsole, writeBelow } from '../helpers.ts';
import { zipFile } from './zip-file.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const write = (name: string, text: string): string => writeBelow(directory, name, text);

/** Emits the content of each file that the job's `cat` property names, and what the working directory holds. */
const READER = `
  import fs from 'node:fs';
  import path from 'node:path';
  import { job } from 'calf';
  const read = (conf, phase, emit) => {
    for (const name of conf.get('cat').split(';')) emit(phase + ' ' + name, fs.readFileSync(name, 'utf8'));
  };
  export default job({
    map(_line, { emit, conf, cacheFiles }) {
      read(conf, 'map', emit);
      emit('names', fs.readdirSync('.').sort().join(' '));
      emit('context', Object.entries(cacheFiles).map(([n, p]) => n + ':' + (path.resolve(n) === p)).sort().join(' '));
      emit('directory', (fs.statSync('.').mode & 0o777).toString(8) + ' ' + path.basename(process.cwd()));
      fs.writeFileSync('scratch', 'x');
    },
    reduce(key, values, { emit, conf }) {
      for (const value of values) emit(key, value);
      if (key === 'names') read(conf, 'reduce', emit);
    },
  });`;

describe.each([
  ['in this process', 1],
  ['in processes', 2],
])('the distributed cache, %s', (mode, maps) => {
  const at = (name: string): string => path.join(directory, mode.replaceAll(' ', '-'), name);
  const under = (name: string): string => path.relative(directory, at(name));

  // MapReduce tutorial, DistributedCache: files and unpacked archives lie in the working directory by their fragments.
  it('lies in the working directory of maps and reduces', async () => {
    const file = write(under('reader.ts'), READER);
    write(under('in/a.txt'), 'one line\n');
    write(under('data/stop.json'), '["the"]');
    write(under('data/other/stop.json'), '["a"]');
    write(under('data/tree/deep/leaf.txt'), 'leaf');
    zipFile(at('dict.zip'), { 'en/words.txt': 'zip words', 'run.sh': 'zip' });
    fs.symlinkSync('leaf.txt', at('data/tree/deep/link.txt'));
    await tar.create({ cwd: at('data'), file: at('t.tgz'), gzip: true }, ['tree']);
    const conf = localConf(directory, maps)
      .set('tmpfiles', `${at('data/stop.json')},${at('data/other/stop.json')}#again,${at('data/tree')}`)
      .set('tmparchives', `${at('dict.zip')}#dict,${at('t.tgz')}`)
      .set('cat', 'stop.json;again;tree/deep/leaf.txt;dict/en/words.txt;t.tgz/tree/deep/link.txt');
    const before = process.cwd();
    const { err, io } = recordConsole();
    const status = await runJobFile({ file, conf, args: [at('in'), at('out')], ...io });
    expect(err.join('\n')).toContain('completed successfully');
    expect(status).toBe(0);
    expect(readParts(at('out'))['part-r-00000']?.sort()).toEqual(
      [
        'context\tagain:true dict:true stop.json:true t.tgz:true tree:true',
        'directory\t700 work',
        ...['map', 'reduce'].flatMap((phase) => [
          `${phase} again\t["a"]`,
          `${phase} dict/en/words.txt\tzip words`,
          `${phase} stop.json\t["the"]`,
          `${phase} t.tgz/tree/deep/link.txt\tleaf`,
          `${phase} tree/deep/leaf.txt\tleaf`,
        ]),
        'names\tagain dict stop.json t.tgz tree',
      ].sort(),
    );
    expect(process.cwd()).toBe(before);
    expect(fs.existsSync(path.join(before, 'scratch'))).toBe(false);
  });

  // Hadoop: FSDownload fails a task whose resource has changed since the submission.
  it('fails the tasks when a file changes after the submission', async () => {
    const stop = write(under('changing.json'), '1');
    const file = write(
      under('changes.ts'),
      `import { job } from 'calf'; export default job({ map() {}, reducers: 0 });`,
    );
    write(under('in/a.txt'), 'one line\n');
    const conf = localConf(directory, maps)
      .set('mapreduce.job.cache.files', `file:${stop}#stop`)
      .set('mapreduce.map.maxattempts', 1);
    const { err, io } = recordConsole();
    const onProgress = ({ state }: { readonly state: string }): void => {
      if (state === 'PREP') fs.writeFileSync(stop, 'longer');
    };
    const status = await runJobFile({ file, conf, args: [at('in'), at('out2')], onProgress, ...io });
    expect(err.join('\n')).toMatch(
      new RegExp(
        `Resource file:${stop} changed on src filesystem - expected: "[^"]*" and 1 bytes, was: "[^"]*" and 6 bytes`,
      ),
    );
    expect(status).toBe(1);
  });
});

// GenericOptionsParser.validateFiles.
it('refuses at the submission a file that does not exist', async () => {
  const { err, io } = recordConsole();
  const conf = localConf(directory, 1).set('tmpfiles', 'NOPE#name');
  const args = [write('in3/a.txt', 'x'), path.join(directory, 'out3')];
  expect(await runExample('wordcount', { conf, args, ...io })).toBe(255);
  expect(err).toEqual(['java.io.FileNotFoundException: File NOPE does not exist.']);
});

it('refuses -libjars with the reason', async () => {
  const { err, io } = recordConsole();
  const conf = localConf(directory, 1).set('tmpjars', 'a.jar');
  expect(await runExample('wordcount', { conf, args: ['a', 'b'], ...io })).toBe(255);
  expect(err.join('\n')).toContain("tmpjars is 'a.jar', which is not supported: Calf has no JVM");
});
