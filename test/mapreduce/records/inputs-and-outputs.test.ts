// Jobs with several inputs and several outputs, by the rules of Hadoop's MultipleInputs and MultipleOutputs.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { job, jobInput, keyValueTextInput, textOutput } from '../../../mapreduce/api/api.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import { localConf, recordConsole } from '../helpers.ts';

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-many-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const at = (name: string): string => path.join(directory, name);

function write(name: string, text: string): void {
  fs.mkdirSync(path.dirname(at(name)), { recursive: true });
  fs.writeFileSync(at(name), text);
}

interface Ran {
  readonly status: number;
  readonly log: string;
  /** The text of each file of the output, `_SUCCESS` aside. */
  readonly files: Readonly<Record<string, string>>;
}

async function run(
  name: string,
  source: string,
  inputs: readonly string[],
  more: Record<string, string> = {},
): Promise<Ran> {
  const file = at(`${name}.ts`);
  fs.writeFileSync(file, source);
  const { err, io } = recordConsole();
  const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1).set('mapreduce.reduce.maxattempts', 1);
  for (const [property, value] of Object.entries(more)) conf.set(property, value);
  const out = at(`${name}-out`);
  const status = await runJobFile({ file, conf, args: [...inputs.map(at), out], ...io });
  const names = fs.existsSync(out) ? (fs.readdirSync(out, { recursive: true }) as string[]) : [];
  const files = names.filter((entry) => fs.statSync(path.join(out, entry)).isFile() && !entry.endsWith('_SUCCESS'));
  const texts = files.toSorted().map((entry) => [entry, fs.readFileSync(path.join(out, entry), 'utf8')]);
  return { status, log: err.join('\n'), files: Object.fromEntries(texts) };
}

write('users/a', 'u1\tAda\nu2\tBob\n');
write('clicks/a', 'u1 /home\nu2 /cart\nu1 /cart\n');
write('clicks/b', 'u9 /lost\n');

/** A join: users by name, and their clicks. */
const JOIN = `import { job, jobInput, keyValueTextInput, textOutput } from 'calf';
  export default job<string, [string, string], string, string>({
    inputs: {
      users: jobInput({ input: keyValueTextInput(), map(name, { key, emit }) { emit(key, ['name', name]); } }),
      clicks: jobInput({
        map(line, { emit, emitTo, split }) {
          const [user = '', page = ''] = line.split(' ');
          emit(user, ['page', page]);
          emitTo('pages', page, split.input);
        },
      }),
    },
    outputs: { pages: textOutput({ separator: ' from ' }), strangers: textOutput({ extension: '.txt' }) },
    reduce(user, parts, { emit, emitTo }) {
      const all = [...parts];
      const name = all.find(([kind]) => kind === 'name')?.[1];
      const pages = all.filter(([kind]) => kind === 'page').map(([, page]) => page).sort();
      if (name === undefined) emitTo('strangers', user, pages.length);
      else {
        emit(name, pages.join());
        for (const page of pages) emitTo({ path: 'by-page' + page }, name, 1);
        emitTo({ name: 'strangers', path: 'known/users' }, name, null);
      }
    },
  });`;

describe('several inputs and outputs', () => {
  it('gives each input its own format and map, and each output its own file', async () => {
    const { status, log, files } = await run('join', JOIN, ['users', 'clicks'], {
      'mapreduce.multipleoutputs.counters': 'true',
    });
    expect(log).toContain('MultipleOutputs');
    expect(status).toBe(0);
    expect(log).toContain('number of splits:3');
    const pages = ['pages-m-00000', 'pages-m-00001', 'pages-m-00002'].map((name) => files[name] ?? '');
    // The map of the users writes no page, and makes no file.
    expect(pages.filter((text) => text === '')).toHaveLength(1);
    expect(pages.join('').split('\n').toSorted()).toEqual([
      '',
      '/cart from clicks',
      '/cart from clicks',
      '/home from clicks',
      '/lost from clicks',
    ]);
    const rest = Object.fromEntries(Object.entries(files).filter(([name]) => !name.startsWith('pages')));
    expect(rest).toEqual({
      'part-r-00000': 'Ada\t/cart,/home\nBob\t/cart\n',
      'strangers-r-00000.txt': 'u9\t1\n',
      'by-page/cart-r-00000': 'Ada\t1\nBob\t1\n',
      'by-page/home-r-00000': 'Ada\t1\n',
      'known/users-r-00000.txt': 'Ada\nBob\n',
    });
    expect(log).toContain('\t\tpages=4\n');
    expect(log).toContain('\t\tstrangers=1');
    expect(log).toContain('\t\tby-page/cart=2\n');
  });

  it('leaves nothing of a map that fails after it has written', async () => {
    const failing = JOIN.replace(
      "emit(user, ['page', page]);",
      "if (user === 'u9') throw new Error('stranger');",
    ).replace("emitTo('pages', page, split.input);", "emitTo('pages', page, split.input); emit(user, ['page', page]);");
    const { status, files } = await run('failing-join', failing, ['users', 'clicks']);
    expect(status).toBe(1);
    expect(files).toEqual({});
  });

  it('names the inputs in the usage, and refuses another number of paths', async () => {
    const { status, log } = await run('few', JOIN, ['users']);
    expect(status).toBe(2);
    expect(log).toContain('expected a path for each of users, clicks, then the output path');
    expect(log).toContain('Usage: few.ts <users> <clicks> <out>');
  });

  it.each([
    ["emitTo('page', user, 1)", "emitTo(): there is no output named 'page': the job has pages"],
    ["emitTo({ path: '../x' }, user, 1)", "'../x-m-00000' is no name of an output file"],
    ["emitTo({ path: '/tmp/x' }, user, 1)", "'/tmp/x-m-00000' is no name of an output file"],
    ["emitTo('pages', user, 1); emitTo({ path: 'pages' }, user, 1)", 'pages-m-00000'],
  ])('refuses %s', async (code, message) => {
    const { status, log } = await run(
      `wrong-${code.length}`,
      `import { job, textOutput } from 'calf';
       export default job<string, number>({ outputs: { pages: textOutput() }, map(user, { emitTo }) { ${code}; } });`,
      ['users'],
    );
    expect(log).toContain(message);
    expect(status).toBe(1);
  });

  it('lets a map of a job with reduces write to outputs that the job declares, and to no others', async () => {
    const { status, log } = await run(
      'undeclared',
      `import { job } from 'calf';
       export default job<string, number>({ map(user, { emitTo }) { emitTo({ path: 'x' }, user, 1); } });`,
      ['users'],
    );
    expect(status).toBe(1);
    expect(log).toContain('only if the job declares `outputs: { … }`');
  });

  it('makes a lazy part file for the first pair, and files beside it', async () => {
    const { status, files } = await run(
      'lazy',
      `import { job, lazyOutput, textOutput } from 'calf';
       export default job<string, number>({
         output: lazyOutput(textOutput()), reducers: 2,
         map(line, { emit }) { emit(line.slice(0, 2), 1); },
         partition: (key) => (key === 'u1' ? 1 : 1),
         async reduce(key, ones, { emit, createFile, taskIndex }) {
           emit(key, taskIndex);
           const file = await createFile('keys/' + key);
           await file.write(Buffer.from('of ' + key));
         },
       });`,
      ['users'],
    );
    expect(status).toBe(0);
    expect(files).toEqual({ 'part-r-00001': 'u1\t1\nu2\t1\n', 'keys/u1': 'of u1', 'keys/u2': 'of u2' });
  });

  it('runs a job without output, and leaves nothing behind', async () => {
    // The code of jobs with failed attempts, which ran before, stays.
    const staged = (): string[] => (fs.readdirSync(at('staging'), { recursive: true }) as string[]).sort();
    const before = staged();
    const { status, log, files } = await run(
      'none',
      `import { job, nullOutput } from 'calf';
       export default job<string, number>({
         output: nullOutput(),
         map(line, { emit }) { emit(line, 1); },
         reduce(key, ones, { emit, counter }) { counter('none', 'KEYS').increment(); emit(key, 1); },
         configure: ([input]) => ({ inputs: [input] }),
       });`,
      ['users'],
    );
    expect(log).toContain('KEYS=2');
    expect(status).toBe(0);
    expect(files).toEqual({});
    expect(staged()).toEqual(before);
  });

  it('uses mapreduce.output.basename for the part files', async () => {
    const source = `import { job } from 'calf';
      export default job<string, number>({ map(line, { emit }) { emit(line, 1); }, reducers: 0 });`;
    const { files } = await run('named', source, ['users'], { 'mapreduce.output.basename': 'table' });
    expect(files).toEqual({ 'table-m-00000': 'u1\tAda\t1\nu2\tBob\t1\n' });
  });

  // Hadoop: the key object of a reduce() call changes with its values.
  it('has the current key in the context while the values of a group are read', async () => {
    write('pairs/a', '1 5\n2 7\n1 3\n1 9\n');
    const { files, log } = await run(
      'secondary',
      `import { job } from 'calf';
       export default job<[number, number], string, number, string>({
         map(line, { emit }) { const [a = 0, b = 0] = line.split(' ').map(Number); emit([a, b], line); },
         group: ([first]) => first,
         reduce(key, lines, { emit, ...context }) {
           emit(key[0], 'begins at ' + key[1]);
           void context;
           for (const line of lines) emit(key[0], line);
         },
         cleanup(context) { if (context.phase === 'reduce') context.emit(0, String(context.key)); },
       });`
        .replace('{ emit, ...context }', 'context')
        .replaceAll('emit(key[0]', 'context.emit(context.key[1]'),
      ['pairs'],
    );
    expect(log).toContain('completed successfully');
    expect(files).toEqual({
      'part-r-00000': '3\tbegins at 3\n3\t1 3\n5\t1 5\n9\t1 9\n7\tbegins at 7\n7\t2 7\n0\tundefined\n',
    });
  });
});

describe('the declaration', () => {
  const map = (): void => undefined;

  it('checks the names of inputs and outputs', () => {
    expect(() => job({ outputs: { part: textOutput() } })).toThrow("The name 'part' of outputs is reserved");
    expect(() => job({ outputs: { 'a-b': textOutput() } })).toThrow("'a-b' of outputs should have letters and digits");
    expect(() => job({ inputs: ['/in'] as never })).toThrow('job() needs inputs by name');
    expect(() => job({ inputs: { a: { mapper: map } as never } })).toThrow("did you mean 'map'?");
  });

  it('knows the types of the records of each input', () => {
    const declared = job<string, number>({
      inputs: {
        pairs: jobInput({
          input: keyValueTextInput(),
          map(value, { key, emit }) {
            const text: string = key;
            // @ts-expect-error a key is a string here
            const number: number = key;
            emit(text, value.length);
            // @ts-expect-error the job's values are numbers
            emit(text, value);
            void number;
          },
        }),
      },
    });
    expect(Object.keys(declared.inputs ?? {})).toEqual(['pairs']);
  });
});
