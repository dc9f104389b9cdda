// Proof: jobs of the Python library mrjob run unchanged with `-r hadoop`, on Calf's programs and cluster.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster } from '../lib/calf-cluster.mjs';
import { run, runOk } from '../lib/processes.mjs';
import { cacheDir, interopDir, projectDir } from '../lib/tools.mjs';

export const title = 'mrjob runs its jobs on our hadoop command and cluster';
export const needs = ['python'];

const MRJOB = '0.7.4';
const venv = path.join(cacheDir, `mrjob-${MRJOB}`);
const python = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');

async function install() {
  const done = path.join(venv, 'installed'); // written last, so that a broken installation is repeated
  if (fs.existsSync(done)) return;
  await runOk('python3', ['-m', 'venv', '--clear', venv]);
  const packages = [`mrjob==${MRJOB}`, 'setuptools==75.8.0'];
  await runOk(python, ['-m', 'pip', 'install', '--quiet', '--no-input', ...packages], { timeoutMs: 300_000 });
  fs.writeFileSync(done, '');
}

/** Makes a directory with the command `hadoop`, as an installation of Hadoop has it. */
function commands(dir) {
  const bin = path.join(dir, 'bin');
  fs.mkdirSync(bin);
  fs.symlinkSync(path.join(projectDir, 'dist', 'hadoop.js'), path.join(bin, 'hadoop'));
  return bin;
}

export async function prove(t) {
  await t.step(`pip install mrjob==${MRJOB}`, install);
  const cluster = new CalfCluster(path.join(t.dir, 'cluster'), { datanodes: 1, mapreduce: true });
  try {
    await t.step('a cluster with a TaskTracker', async () => void (await cluster.start()));
    const input = path.join(t.dir, 'book.txt');
    fs.writeFileSync(input, 'the cat and the dog\nthe end of the cat\n');
    const env = {
      HADOOP_CONF_DIR: cluster.confDir,
      PATH: `${commands(t.dir)}${path.delimiter}${process.env.PATH}`,
    };
    const mrjob = (script, args = []) => {
      const runner = ['-r', 'hadoop', '--hadoop-streaming-jar', 'hadoop-streaming-3.4.2.jar', '--python-bin', python];
      const file = path.join(interopDir, 'mrjob', script);
      return run(python, [file, ...runner, ...args, input], { env, timeoutMs: 120_000 });
    };
    await t.step('its word count', async () => {
      const { code, stdout, stderr } = await mrjob('word_count.py');
      assert.equal(code, 0, stderr);
      const expected = ['"and"\t1', '"cat"\t2', '"dog"\t1', '"end"\t1', '"of"\t1', '"the"\t4'];
      assert.deepEqual(stdout.trim().split('\n').sort(), expected);
    });
    await t.step('a job of two steps with counters', async () => {
      const { code, stdout, stderr } = await mrjob('most_used_words.py');
      assert.equal(code, 0, stderr);
      assert.deepEqual(stdout.trim().split('\n'), ['"the"\t4', '"cat"\t2', '"of"\t1']);
      assert.match(stderr, /Running step 2 of 2/);
      assert.match(stderr, /words\s+seen=10/);
    });
    await t.step('a job that fails shows the Python error', async () => {
      const { code, stderr } = await mrjob('most_used_words.py', ['--fail']);
      assert.notEqual(code, 0);
      assert.match(stderr, /ZeroDivisionError/);
    });
  } finally {
    await cluster.stop();
  }
}
