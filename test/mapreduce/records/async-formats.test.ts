// Formats of a user's own whose readers and writers wait: a job runs with them like with Calf's.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-formats-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const at = (name: string): string => path.join(directory, name);

async function run(name: string, source: string): Promise<{ status: number; log: string; out: string }> {
  const file = at(`${name}.ts`);
  fs.writeFileSync(file, source);
  const { err, io } = recordConsole();
  const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1).set('mapreduce.reduce.maxattempts', 1);
  const out = at(`${name}-out`);
  const status = await runJobFile({ file, conf, args: [at('in'), out], ...io });
  return { status, log: err.join('\n'), out };
}

fs.mkdirSync(at('in'));
for (const [name, text] of Object.entries({ a: 'one two', b: 'three', c: 'four five six' })) {
  fs.writeFileSync(at(`in/${name}`), text);
}

/** A format that puts all files into one split, with the separator as payload. */
const INPUT = `
  const words: AsyncInputFormat<number, string> = {
    async getSplits(files) {
      const parts = files.map(({ fsUri, path, length }) => ({ fsUri, path, start: 0, length }));
      const length = parts.reduce((sum, part) => sum + part.length, 0);
      return [{ kind: 'files', files: parts, length, hosts: [], names: [], payload: { separator: ' ' } }];
    },
    async openReader(split, context) {
      if (split.kind !== 'files') throw new Error(split.kind);
      const { separator } = split.payload as { separator: string };
      const found: string[] = [];
      for (const part of split.files) {
        const file = await context.open(part);
        found.push(...Buffer.from(await file.pread(0, file.length)).toString().split(separator));
      }
      let at = -1;
      return {
        get key() { return at; },
        get value() { return found[at] ?? ''; },
        get progress() { return (at + 1) / found.length; },
        offset: 7,
        // Every second record is waited for.
        next: () => ++at % 2 === 0 ? Promise.resolve(at < found.length) : at < found.length,
        close: () => void context.counter('words', 'CLOSED').increment(),
      };
    },
  };`;

it('reads several files in one split, with a payload, and writes two files', async () => {
  const { status, log, out } = await run(
    'both',
    `import { type AsyncInputFormat, type AsyncOutputFormat, job } from 'calf';
     ${INPUT}
     const pairs: AsyncOutputFormat<string, number[]> = {
       extension: '.pairs',
       async openWriter(context) {
         const index = await context.create('index/' + context.taskIndex);
         const file = await context.create();
         return {
           async write(key, value) {
             await new Promise((resolve) => setTimeout(resolve, 1));
             await file.write(Buffer.from(key + '=' + value + ';'));
           },
           async close() { await index.write(Buffer.from('end')); },
         };
       },
     };
     const shared: number[] = [];
     export default job<string, number, string, number[], number, string>({
       input: words,
       output: pairs,
       map(word, { emit, key }) { emit(word, key); },
       reduce(word, keys, { emit }) {
         shared.length = 0;
         shared.push(...keys);
         for (let i = 0; i < 3; i++) { emit(word + i, shared); shared.push(i); }
       },
     });`,
  );
  expect(status).toBe(0);
  expect(fs.readdirSync(out, { recursive: true }).sort()).toEqual([
    '_SUCCESS',
    'index',
    'index/0',
    'part-r-00000.pairs',
  ]);
  expect(fs.readFileSync(path.join(out, 'index/0'), 'utf8')).toBe('end');
  const text = fs.readFileSync(path.join(out, 'part-r-00000.pairs'), 'utf8');
  // The writer gets each pair as it was when it was emitted.
  expect(text.split(';').slice(0, 3)).toEqual(['five0=4', 'five1=4,0', 'five2=4,0,1']);
  expect(text.split(';')).toHaveLength(6 * 3 + 1);
  expect(log).toContain('number of splits:1');
  expect(log).toContain('Map input records=6');
  expect(log).toContain('CLOSED=1');
  expect(log).toContain('\tFile Input Format Counters \n\t\tBytes Read=25\n');
  expect(log).toContain(`\tFile Output Format Counters \n\t\tBytes Written=${text.length + 3}`);
});

it('closes the reader of a map that fails, and names the record', async () => {
  const { status, log, out } = await run(
    'failing',
    `import { type AsyncInputFormat, job } from 'calf';
     ${INPUT}
     export default job<string, number, string, number, number, string>({
       input: words,
       map(word) { if (word === 'three') throw new Error('no three'); },
     });`,
  );
  expect(status).toBe(1);
  expect(log).toContain('no three');
  expect(log).toContain('at offset 7: "three"');
  expect(fs.existsSync(path.join(out, 'part-r-00000'))).toBe(false);
});

it('passes on bytes that are not UTF-8 through a format that the job file imports', async () => {
  fs.writeFileSync(at('in/a'), Buffer.from('caf\xe9\tx\xff\n', 'latin1'));
  fs.writeFileSync(at('in/b'), '');
  fs.writeFileSync(at('in/c'), '');
  const { out } = await run(
    'latin',
    "import { job, keyValueTextInput } from 'calf'; export default job({ input: keyValueTextInput() });",
  );
  expect(fs.readFileSync(path.join(out, 'part-r-00000')).toString('latin1')).toBe('caf\xe9\tx\xff\n');
});
