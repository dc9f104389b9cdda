// Proof: for a table of command lines and inputs, Calf's streaming writes the bytes that Hadoop's writes.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { javaArgs } from '../lib/hadoop-install.mjs';
import { run } from '../lib/processes.mjs';
import { beforeTab, CASES, INPUTS } from '../lib/streaming-cases.mjs';
import { interopDir, java } from '../lib/tools.mjs';

export const title = 'streaming writes the bytes that Hadoop Streaming writes';
export const needs = ['java', 'maven'];

const CALF_PROGRAM = fileURLToPath(new URL('../lib/streaming-calf.mjs', import.meta.url));

/** Writes the file of command lines for one of both programs. */
function writeCommands(dir, who, define) {
  const lines = CASES.map(({ input, define: own = [], args }, index) => {
    const paths = input.map((name) => (name.startsWith('/') ? name : path.join(dir, 'in', name)));
    const properties = [...define, ...own].flatMap((pair) => ['-D', pair]);
    return [...properties, '-input', ...paths, '-output', path.join(dir, who, String(index)), ...args].join('\u0001');
  });
  const file = path.join(dir, `${who}.txt`);
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return file;
}

/**
 * Returns the content of each file of an output by its name, in which each byte is a character. Lines whose keys are equal
 * for the job are sorted: Hadoop's sort leaves their order open.
 */
function outputOf(dir, keyOf) {
  if (!fs.existsSync(dir)) return {};
  const names = fs.readdirSync(dir).filter((name) => !name.startsWith('.') && !name.startsWith('_temporary'));
  const content = (name) => inOrder(fs.readFileSync(path.join(dir, name), 'latin1').split('\n'), keyOf).join('\n');
  return Object.fromEntries(names.sort().map((name) => [name, content(name)]));
}

function inOrder(lines, keyOf) {
  const result = [];
  for (let from = 0, to; from < lines.length; from = to) {
    for (to = from + 1; to < lines.length && keyOf(lines[to]) === keyOf(lines[from]); to++);
    result.push(...lines.slice(from, to).sort());
  }
  return result;
}

export async function prove(t) {
  const { dir } = t;
  const work = path.join(dir, 'work');
  fs.mkdirSync(path.join(dir, 'in'), { recursive: true });
  fs.mkdirSync(work, { recursive: true });
  for (const [name, content] of Object.entries(INPUTS)) fs.writeFileSync(path.join(dir, 'in', name), content);
  for (const { files = {} } of CASES)
    for (const [name, text] of Object.entries(files)) fs.writeFileSync(path.join(work, name), text, { mode: 0o755 });
  const statuses = {};
  const runAll = async (who, program, args) => {
    const { stdout, stderr } = await run(program, args, { cwd: work, timeoutMs: 300_000 });
    statuses[who] = [...stdout.matchAll(/^STATUS (-?\d+)$/gm)].map(([, status]) => Number(status));
    assert.equal(statuses[who].length, CASES.length, stderr.slice(-2000));
  };
  await t.step(`Hadoop runs ${CASES.length} command lines`, async () => {
    const commands = writeCommands(dir, 'hadoop', []);
    await runAll(
      'hadoop',
      java,
      javaArgs(undefined, path.join(interopDir, 'java', 'StreamingTable.java'), [commands, path.join(dir, 'tmp')]),
    );
  });
  await t.step('Calf runs them', async () => {
    const local = {
      'fs.defaultFS': 'file:///',
      'mapreduce.local.map.tasks.maximum': 1,
      'mapreduce.map.maxattempts': 1,
      'mapreduce.reduce.maxattempts': 1,
      'mapreduce.cluster.local.dir': path.join(dir, 'local'),
      'mapreduce.jobtracker.staging.root.dir': path.join(dir, 'staging'),
    };
    const define = Object.entries(local).map(([name, value]) => `${name}=${value}`);
    await runAll('calf', process.execPath, [CALF_PROGRAM, writeCommands(dir, 'calf', define)]);
  });
  await t.step('exit statuses and all bytes are the same', () => {
    const different = CASES.flatMap(({ name, status = 0, keyOf = beforeTab }, index) => {
      const [hadoop, calf] = ['hadoop', 'calf'].map((who) => outputOf(path.join(dir, who, String(index)), keyOf));
      const wrong = [];
      if (statuses.hadoop[index] !== status) wrong.push(`${name}: Hadoop's status is ${statuses.hadoop[index]}`);
      if (statuses.calf[index] !== status) wrong.push(`${name}: Calf's status is ${statuses.calf[index]}`);
      if (status === 0 && JSON.stringify(hadoop) !== JSON.stringify(calf))
        wrong.push(`${name}:\n  Hadoop ${JSON.stringify(hadoop)}\n  Calf   ${JSON.stringify(calf)}`);
      return wrong;
    });
    assert.equal(different.length, 0, different.join('\n'));
  });
}
