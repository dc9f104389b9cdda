#!/usr/bin/env node
// Runs Apache Hadoop's data-driven CLI tests against any `hdfs`-compatible command line.
import fs from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { HADOOP_VERSION } from '../lib/hadoop-install.mjs';
import { count, printFailure, printTable, tally } from './report.mjs';
import { findJar, groupOf, openZip, parseSuite } from './suite-files.mjs';
import { properties, suites } from './suites.mjs';
import { Worker } from './worker.mjs';

const USAGE = `Usage: cli-suite.mjs --hdfs PREFIX [--fs URI]... --suite NAME... [options]

  --hdfs PREFIX     command that stands for \`hdfs\`; each test command runs as one process:
                    PREFIX dfs|dfsadmin|cacheadmin|ec|crypto [-D key=value]... [-fs URI] ARGS...
  --fs URI          the cluster. THE SUITES DELETE EVERYTHING IN IT. May be repeated: tests of a
                    suite are then spread over the clusters, one at a time on each, neighbours on the
                    same one: some tests rely on what the one before left behind
  --suite NAME      ${Object.keys(suites).join('\n                    ')}
                    or "all"; may be repeated
  --only REGEX      run only tests whose "group: description" matches
  --jobs N          tests at once in a suite that needs no cluster (default 1)
  --provides LIST   properties the cluster has, comma-separated, or "all"; tests that need others are skipped:
${Object.entries(properties)
  .map(([name, text]) => `                      ${name}: ${text}`)
  .join('\n')}
  --no-define       do not pass -D (the command reads its configuration elsewhere)
  --ignore REGEX    drop matching lines from the output before comparing (log lines)
  --user NAME       user the commands run as (default: the current one)
  --jar PATH        hadoop-hdfs or hadoop-common ${HADOOP_VERSION} test-sources jar; may be repeated.
                    Without it, mvn copies the jars into the cache
  --wipe            empty the file system first; without it the runner refuses one that is not empty
  --timeout SECONDS per process of --hdfs (default 60)
  --report FILE     write all results as JSON
  --quiet           do not print expected and actual output of failures`;

async function runSuite(name, options) {
  const suite = suites[name];
  const entries = openZip(await findJar(suite.module, options.jar));
  if (!entries.has(name)) throw new Error(`${name} is not in the ${suite.module} jar`);
  const xml = entries.get(name)().toString();
  const dataNames = new Set(Array.from(xml.matchAll(/CLITEST_DATA\/(\w[\w.]*)/g), (m) => m[1]));
  const dataFiles = [...dataNames].filter((n) => entries.has(n)).map((n) => [n, entries.get(n)()]);
  const unmet = ({ description, commands }) => {
    const text = [description, ...commands.map((c) => c.line)].join('\n');
    return suite.needs?.find(([pattern, need]) => pattern.test(text) && !options.provides.has(need))?.[1];
  };

  const results = parseSuite(xml)
    .map((test, i) => ({ suite: name, id: i + 1, group: groupOf(test), description: test.description, test }))
    .filter(({ group, description }) => options.only?.test(`${group}: ${description}`) ?? true);
  const queue = results.filter((result) => {
    const need = unmet(result.test);
    if (need) Object.assign(result, { status: 'skipped', reason: `needs ${need}` });
    return !need;
  });

  const clusters = suite.stateless ? Array(options.jobs).fill(undefined) : options.fs;
  if (!clusters.length) throw new Error(`${name} needs --fs`);
  const share = Math.ceil(queue.length / clusters.length);
  await Promise.all(
    clusters.map(async (uri, i) => {
      const tests = queue.slice(i * share, (i + 1) * share);
      const worker = new Worker(options, suite, uri, dataFiles);
      try {
        await worker.start();
        let before;
        for (const result of tests) {
          // Tests that were left out between these two may have been needed to clean up.
          if (before !== undefined && result.id !== before + 1 && !suite.stateless) await worker.reset();
          before = result.id;
          Object.assign(result, await worker.test(result.test));
          if (result.status === 'failed' && !options.quiet) printFailure(result);
        }
        await worker.teardown();
      } finally {
        worker.close();
      }
    }),
  );
  return results.map(({ test, ...result }) => result);
}

async function main() {
  const { values } = parseArgs({
    options: {
      hdfs: { type: 'string' },
      fs: { type: 'string', multiple: true, default: [] },
      suite: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' },
      ignore: { type: 'string' },
      jobs: { type: 'string', default: '1' },
      timeout: { type: 'string', default: '60' },
      provides: { type: 'string', default: '' },
      user: { type: 'string', default: os.userInfo().username },
      jar: { type: 'string', multiple: true, default: [] },
      report: { type: 'string' },
      'no-define': { type: 'boolean' },
      wipe: { type: 'boolean' },
      quiet: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const names = values.suite.includes('all') ? Object.keys(suites) : values.suite;
  if (values.help || !names.length || !values.hdfs) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const unknown = names.find((name) => !suites[name]);
  if (unknown) throw new Error(`unknown suite ${unknown}`);

  const provides = new Set(
    values.provides === 'all' ? Object.keys(properties) : values.provides.split(',').filter(Boolean),
  );
  if (!provides.has('acl-inheritance:off')) provides.add('acl-inheritance:posix');
  const strange = [...provides].find((p) => !properties[p]);
  if (strange) throw new Error(`unknown property ${strange}`);
  const options = {
    ...values,
    provides,
    owned: new Set(), // clusters that were empty at first, so that tests may change and empty them
    jobs: Number(values.jobs),
    timeout: Number(values.timeout),
    only: values.only && new RegExp(values.only),
    ignore: values.ignore && new RegExp(values.ignore),
    fs: values.fs.map((uri) => uri.replace(/\/$/, '')),
  };

  const results = [];
  for (const name of names) results.push(...(await runSuite(name, options)));
  if (values.report) {
    const byGroup = Object.fromEntries(tally(results, 'group'));
    const bySuite = Object.fromEntries(tally(results, 'suite'));
    fs.writeFileSync(
      values.report,
      `${JSON.stringify({ hadoop: HADOOP_VERSION, bySuite, byGroup, tests: results }, null, 1)}\n`,
    );
  }

  const skipped = results.filter((r) => r.status === 'skipped');
  if (skipped.length) console.log('Skipped:');
  for (const { suite, id, description, reason } of skipped) console.log(`  ${suite} #${id} ${description}: ${reason}`);
  if (skipped.length) console.log();
  printTable('command', tally(results, 'group'));
  printTable('suite', tally(results, 'suite'));
  console.log(`${count(results, 'passed')} passed, ${count(results, 'failed')} failed, ${skipped.length} skipped`);
  return count(results, 'failed') ? 1 : 0;
}

main().then(
  (code) => {
    process.exitCode = code;
  },
  (e) => {
    console.error(`cli-suite: ${e.message}`);
    process.exitCode = 2;
  },
);
