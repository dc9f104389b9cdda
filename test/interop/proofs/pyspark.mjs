// Proof: PySpark counts words on Calf's cluster.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { calfDfs } from '../lib/calf-cluster.mjs';
import { writeWords } from '../lib/data.mjs';
import { runOk } from '../lib/processes.mjs';
import { cacheDir, interopDir } from '../lib/tools.mjs';

export const title = 'PySpark counts words on our cluster';
export const needs = ['java', 'python'];

/** Version of PySpark that contains the client of Hadoop 3.4.2. */
const PYSPARK = '4.1.4';
const venv = path.join(cacheDir, `pyspark-${PYSPARK}`);
const python = path.join(venv, process.platform === 'win32' ? 'Scripts' : 'bin', 'python');

async function install() {
  const done = path.join(venv, 'installed'); // written last, so that a broken installation is repeated
  if (fs.existsSync(done)) return;
  await runOk('python3', ['-m', 'venv', '--clear', venv]);
  await runOk(python, ['-m', 'pip', 'install', '--quiet', '--no-input', `pyspark==${PYSPARK}`], { timeoutMs: 900_000 });
  fs.writeFileSync(done, '');
}

export async function prove(t) {
  await t.step(`pip install pyspark==${PYSPARK}`, install);
  const { uri, confDir } = await t.calf();
  const input = path.join(t.dir, 'words');
  const expected = writeWords(input, 60_000);
  const put = ['-D', 'dfs.blocksize=1048576', '-put', input, '/pyspark/words'];
  await t.step('our -put of 6 MB in blocks of 1 MiB', async () => {
    await calfDfs(confDir, ['-mkdir', '-p', '/pyspark']);
    const { code, stderr } = await calfDfs(confDir, put);
    assert.equal(code, 0, stderr);
  });
  await t.step('textFile, flatMap, map, reduceByKey, saveAsTextFile', async () => {
    const args = [path.join(interopDir, 'pyspark', 'word_count.py'), uri, '/pyspark/words', '/pyspark/counts'];
    const env = { SPARK_LOCAL_IP: '127.0.0.1', PYSPARK_PYTHON: python, SPARK_LOCAL_DIRS: t.dir };
    const { stdout } = await runOk(python, args, { timeoutMs: 180_000, env });
    const [, partitions, words] = stdout.match(/partitions (\d+) words (\d+)/).map(Number);
    assert.equal(words, expected.size);
    assert.ok(partitions > 1, `${partitions} partitions: the file's blocks were not seen`);
    return stdout.trim();
  });
  await t.step('every count is right', async () => {
    const { code, stdout, stderr } = await calfDfs(confDir, ['-cat', '/pyspark/counts/part-*']);
    assert.equal(code, 0, stderr);
    const counts = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('\t'));
    assert.deepEqual(new Map(counts.map(([word, n]) => [word, Number(n)]).sort()), new Map([...expected].sort()));
  });
  await t.step('_SUCCESS is there and _temporary is gone', async () => {
    const { stdout } = await calfDfs(confDir, ['-ls', '-C', '/pyspark/counts']);
    const names = stdout
      .trim()
      .split('\n')
      .map((p) => path.posix.basename(p));
    assert.ok(names.includes('_SUCCESS') && !names.includes('_temporary'), stdout);
  });
}
