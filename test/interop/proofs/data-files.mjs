// Proof: Python's libraries read the Zstandard, Avro and Parquet files that Calf's jobs write, and Calf reads theirs. Hadoop's
// ZStandardCodec writes plain frames, but only with its native library, which Maven Central lacks.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { run, runOk } from '../lib/processes.mjs';
import { cacheDir, interopDir, projectDir } from '../lib/tools.mjs';

export const title = 'Zstandard, Avro and Parquet files of Python libraries and ours';
export const needs = ['python'];

const PACKAGES = [
  'pyarrow==26.0.1',
  'fastavro==1.13.1',
  'zstandard==0.25.0',
  'cramjam==2.14.0',
  'backports.zstd==1.8.0',
];
const venv = path.join(cacheDir, 'data-files-1');
const python = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');
const ROWS = 3000;
const COMPRESS = 'mapreduce.output.fileoutputformat.compress';

/** Returns undefined, or the reason why a package can't be installed here. */
async function install() {
  const done = path.join(venv, 'installed'); // written last, so that a broken installation is repeated
  if (fs.existsSync(done)) return undefined;
  await runOk('python3', ['-m', 'venv', '--clear', venv]);
  const args = ['-m', 'pip', 'install', '--quiet', '--no-input', '--only-binary=:all:', ...PACKAGES];
  const { code, stderr } = await run(python, args, { timeoutMs: 300_000 });
  if (code !== 0) return stderr.trim().split('\n').at(-1);
  fs.writeFileSync(done, '');
  return undefined;
}

/** The rows of python/data_files.py. */
const row = (i) => ({
  id: i % 5 === 0 ? 2n ** 60n + BigInt(i) : i,
  name: i % 7 === 0 ? null : `näme ${i}`,
  ratio: i / 8,
  raw: Buffer.alloc(2 * (i % 4), Buffer.from([i % 256, 255 - (i % 256)])),
  at: 1_600_000_000_000 + i * 1001,
  ok: i % 11 === 0 ? null : i % 2 === 0,
  tags: Array.from({ length: i % 3 }, (_, t) => `t${t}`),
});

const lineOf = ({ id, name, ratio, raw, at, ok, tags = [] }) =>
  JSON.stringify([String(id), name ?? null, ratio * 8, Buffer.from(raw).toString('hex'), Number(at), ok ?? null, tags]);

const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: ['null', 'string'] },
    { name: 'ratio', type: 'double' },
    { name: 'raw', type: 'bytes' },
    { name: 'at', type: 'long' },
    { name: 'ok', type: ['null', 'boolean'] },
    { name: 'tags', type: { type: 'array', items: 'string' } },
  ],
};

const COLUMNS = [
  { name: 'id', type: 'INT64', nullable: false },
  { name: 'name', type: 'STRING' },
  { name: 'ratio', type: 'DOUBLE', nullable: false },
  { name: 'raw', type: 'BYTE_ARRAY', nullable: false },
  { name: 'at', type: 'TIMESTAMP', nullable: false },
  { name: 'ok', type: 'BOOLEAN' },
];

export async function prove(t) {
  const why = await install();
  if (why !== undefined) return t.skip('data-files', why);
  const program = path.join(interopDir, 'python', 'data_files.py');
  const calf = await import(pathToFileURL(path.join(projectDir, 'dist', 'index.js')).href);
  const { avroInput, avroOutput, job, parquetInput, parquetOutput, rangeInput, runJob } = calf;
  const [theirs, ours] = ['theirs', 'ours'].map((name) => path.join(t.dir, name));
  for (const directory of [theirs, ours]) fs.mkdirSync(directory);
  const rows = Array.from({ length: ROWS }, (_, i) => row(i));
  const lines = Array.from({ length: ROWS }, (_, i) => `line ${i}`).sort();
  const allLines = rows.map(lineOf).sort();

  await t.step('Python writes files of each codec, and our jobs read them', async () => {
    await runOk(python, [program, 'write', theirs], { timeoutMs: 60_000 });
    const names = fs.readdirSync(theirs);
    for (const name of names) {
      const isText = name.endsWith('.zst');
      const input = name.endsWith('.avro') ? { input: avroInput() } : { input: parquetInput() };
      const map = (value, { emit }) => emit(null, isText ? value : lineOf(value));
      const done = await runJob(job({ ...(isText ? {} : input), map, reducers: 0 }), {
        inputs: [path.join(theirs, name)],
      });
      assert.deepEqual((await done.lines()).sort(), isText ? lines : allLines, name);
      await done.close();
    }
    return names.join(' ');
  });

  const write = async (name, output, value, conf = {}) => {
    const made = job({
      input: rangeInput(() => ({ count: ROWS, maps: 1 })),
      map: (i, { emit }) => emit(null, value(Number(i))),
      output,
      reducers: 0,
    });
    const directory = path.join(ours, name);
    await (await runJob(made, { output: directory, conf })).close();
    return path.join(
      directory,
      fs.readdirSync(directory).find((each) => each.startsWith('part-')),
    );
  };
  await t.step('Python reads what our jobs write with each codec', async () => {
    const files = [];
    for (const codec of ['null', 'deflate', 'snappy', 'bzip2', 'zstandard']) {
      files.push([await write(`avro-${codec}`, avroOutput({ schema: SCHEMA, codec }), row), allLines]);
    }
    const untagged = rows.map((each) => lineOf({ ...each, tags: [] })).sort();
    const flat = (i) => {
      const { tags: _, ...rest } = row(i);
      return { ...rest, at: new Date(rest.at) };
    };
    for (const codec of ['uncompressed', 'snappy', 'gzip', 'zstd']) {
      const output = parquetOutput({ columns: COLUMNS, codec, rowGroupRows: 700 });
      files.push([await write(`parquet-${codec}`, output, flat), untagged]);
    }
    const zstd = { [COMPRESS]: true, [`${COMPRESS}.codec`]: 'ZStandardCodec' };
    files.push([await write('zstd', undefined, (i) => `line ${i}`, zstd), lines]);
    const { stdout } = await runOk(python, [program, 'read', ...files.map(([file]) => file)], { timeoutMs: 60_000 });
    const found = stdout.split('\n');
    for (const [file, expected] of files) assert.deepEqual(found.splice(0, ROWS).sort(), expected, file);
    return files.map(([file]) => path.relative(ours, file)).join(' ');
  });
}
