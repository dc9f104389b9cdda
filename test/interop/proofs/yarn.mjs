// Proof: the same job file has the same part files inline, on all cores, on Calf's cluster and on a real YARN.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, calfCommand, calfDfs } from '../lib/calf-cluster.mjs';
import { writeWords } from '../lib/data.mjs';
import { javaArgs } from '../lib/hadoop-install.mjs';
import { interopDir, java } from '../lib/tools.mjs';

export const title = 'job files and streaming jobs have the same output on every engine, a real YARN too';
export const needs = ['java', 'maven'];

const STREAMING = 'org.apache.hadoop.streaming.HadoopStreaming';
const NASTY = 'b\ta\tc\r\n\n\xff\xfe \x80\n\0 nul\n \nold\rmac\r\xed\xa0\x80 \xc3\xa4\n\xe2\x82\xac no newline';
const CAT = ['-mapper', 'tr -s " " "\\n"', '-reducer', 'uniq -c', '-numReduceTasks', '2'];

/** The command lines, without input and output, by the name of the output. */
const JOBS = {
  words: (engine) => ['submit', '--engine', engine, path.join(interopDir, 'yarn', 'words.ts')],
  lengths: (engine) => ['submit', '--engine', engine, path.join(interopDir, 'yarn', 'lengths.ts')],
  streaming: (engine) => ['streaming', '--engine', engine],
};

export async function prove(t) {
  const calf = new CalfCluster(path.join(t.dir, 'cluster'), { datanodes: 1, mapreduce: true });
  try {
    await proveOn(t, calf);
  } finally {
    await calf.stop();
  }
}

async function proveOn(t, calf) {
  let hadoop;
  const input = path.join(t.dir, 'in');
  await t.step("a cluster with YARN, and Calf's own", async () => {
    fs.mkdirSync(input);
    writeWords(path.join(input, 'words'), 500);
    fs.writeFileSync(path.join(input, 'nasty'), Buffer.from(NASTY, 'latin1'));
    fs.writeFileSync(path.join(input, 'empty'), '');
    hadoop = await t.hadoop();
    await Promise.all([hadoop.startYarn(), calf.start()]);
    for (const { confDir } of [hadoop, calf]) await calfDfs(confDir, ['-put', input, '/yarn-in']);
  });
  const yarn = [
    ...['-D', `calf.yarn.command=${[java, ...javaArgs(hadoop.confDir, STREAMING)].join(' ')}`],
    ...['-D', `calf.yarn.node=${process.execPath}`],
  ];
  /** Runs a job, and returns the content of its part files, in which each byte is a character. */
  const run = async (job, engine, confDir) => {
    const output = `/yarn-out/${job}-${engine}`;
    const [command, ...words] = JOBS[job](engine);
    const define = engine === 'yarn' ? yarn : [];
    const paths = job === 'streaming' ? ['-input', '/yarn-in', '-output', output, ...CAT] : ['/yarn-in', output];
    const args = [command, ...define, ...words, ...paths];
    const { code, stderr } = await calfCommand('mapred', confDir, args, { timeoutMs: 600_000 });
    assert.equal(code, 0, `${job} on ${engine}: ${stderr.slice(-3000)}`);
    const local = path.join(t.dir, `${job}-${engine}`);
    await calfDfs(confDir, ['-get', output, local]);
    const parts = fs.readdirSync(local).filter((name) => name.startsWith('part-'));
    return parts.sort().map((name) => fs.readFileSync(path.join(local, name), 'latin1'));
  };
  const expected = {};
  await t.step('inline', async () => {
    for (const job of ['words', 'lengths']) expected[job] = await run(job, 'inline', hadoop.confDir);
    assert.equal(expected.lengths.length, 3);
    assert.ok(expected.lengths.every((part) => part !== ''));
  });
  await t.step('local, with the same bytes', async () => {
    expected.streaming = await run('streaming', 'local', hadoop.confDir);
    for (const job of ['words', 'lengths']) assert.deepEqual(await run(job, 'local', hadoop.confDir), expected[job]);
  });
  await t.step("on Calf's cluster, with the same bytes", async () => {
    for (const job of Object.keys(JOBS)) assert.deepEqual(await run(job, 'cluster', calf.confDir), expected[job], job);
  });
  await t.step('on YARN, with the same bytes', async () => {
    const found = await Promise.all(
      Object.keys(JOBS).map(async (job) => [job, await run(job, 'yarn', hadoop.confDir)]),
    );
    for (const [job, parts] of found) assert.deepEqual(parts, expected[job], job);
  });
  await t.step('--dry-run prints the command', async () => {
    const args = ['submit', ...yarn, '--engine', 'yarn', '--dry-run', path.join(interopDir, 'yarn', 'lengths.ts')];
    const { code, stdout } = await calfCommand('mapred', hadoop.confDir, [...args, '/yarn-in', '/yarn-dry']);
    assert.equal(code, 0);
    assert.match(
      stdout,
      /HadoopStreaming .*-D mapreduce\.job\.reduces=3 .*-files \S+ -input \/yarn-in -output \/yarn-dry /,
    );
    const { code: exists } = await calfDfs(hadoop.confDir, ['-test', '-e', '/yarn-dry']);
    assert.equal(exists, 1);
    const [, directory] = /(\/\S+)\/job\.mjs/.exec(stdout);
    fs.rmSync(directory, { recursive: true });
  });
}
