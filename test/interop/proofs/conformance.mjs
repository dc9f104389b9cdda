// Proof: Hadoop's own command-line tests pass with Calf's shell.
import assert from 'node:assert/strict';
import fs from 'node:fs';
import path from 'node:path';
import { CalfCluster, hdfsProgram } from '../lib/calf-cluster.mjs';
import { testSourcesJar } from '../lib/hadoop-install.mjs';
import { run } from '../lib/processes.mjs';
import { interopDir } from '../lib/tools.mjs';

export const title = "Hadoop's own command-line tests, of the commands that are built";
export const needs = ['maven'];

const COMMANDS = [
  'ls',
  'mkdir',
  'put',
  'get',
  'cat',
  'tail',
  'head',
  'rm',
  'mv',
  'cp',
  'chmod',
  'chown',
  'du',
  'count',
  'stat',
  'test',
  'touchz',
  'checksum',
];
const SUITES = ['testHDFSConf.xml', 'testDeleteConf.xml'];
const CLUSTERS = 2; // the tests of a suite are spread over this many clusters

export async function prove(t) {
  const floorFile = path.join(interopDir, 'conformance-floor.json');
  const report = path.join(t.dir, 'report.json');
  await t.step("Hadoop's test-sources jar", () => testSourcesJar('hadoop-hdfs').then(() => undefined));
  const clusters = await Promise.all(
    Array.from({ length: CLUSTERS }, (_, i) =>
      new CalfCluster(path.join(t.dir, `calf${i}`), { define: { 'dfs.namenode.fs-limits.min-block-size': 0 } }).start(),
    ),
  );
  try {
    await t.step('the suite runs', async () => {
      const args = [
        path.join(interopDir, 'conformance', 'cli-suite.mjs'),
        '--hdfs',
        `${process.execPath} ${hdfsProgram}`,
      ];
      for (const cluster of clusters) args.push('--fs', cluster.uri);
      for (const suite of SUITES) args.push('--suite', suite);
      args.push('--only', `^(${COMMANDS.join('|')}):`, '--report', report, '--timeout', '20', '--quiet');
      const { code, stderr } = await run(process.execPath, args, { timeoutMs: 1_500_000 });
      assert.ok(code === 0 || code === 1, stderr); // exit code 1 means that some tests failed
    });
  } finally {
    await Promise.all(clusters.map((cluster) => cluster.stop()));
  }

  const { byGroup, tests } = JSON.parse(fs.readFileSync(report, 'utf8'));
  const { passed: floor } = JSON.parse(fs.readFileSync(floorFile, 'utf8'));
  await t.step('no command passes fewer tests than before', () => {
    const width = 10;
    console.log(`        ${'command'.padEnd(width)} passed failed skipped`);
    for (const [command, { passed, failed, skipped }] of Object.entries(byGroup)) {
      console.log(
        `        ${command.padEnd(width)} ${String(passed).padStart(6)} ${String(failed).padStart(6)} ${String(skipped).padStart(7)}`,
      );
    }
    for (const { suite, id, group, description, status } of tests) {
      if (status === 'failed') console.log(`        failed: ${suite} #${id} [${group}] ${description}`);
    }
    if (process.env.CALF_INTEROP_REPORT) fs.copyFileSync(report, process.env.CALF_INTEROP_REPORT);
    const fallen = Object.entries(floor).filter(([command, least]) => !(byGroup[command]?.passed >= least));
    assert.deepEqual(
      fallen.map(([command, least]) => `${command}: ${byGroup[command]?.passed ?? 0} of ${least}`),
      [],
    );
    const count = (status) => tests.filter((test) => test.status === status).length;
    return `${count('passed')} of ${tests.length} pass, ${count('failed')} fail, ${count('skipped')} skipped`;
  });
}
