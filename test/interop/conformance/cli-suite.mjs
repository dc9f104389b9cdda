#!/usr/bin/env node
// Runs Apache Hadoop's data-driven CLI tests against any `hdfs`-compatible command line.
import { spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import readline from 'node:readline';
import { parseArgs } from 'node:util';
import { inflateRawSync } from 'node:zlib';
import { HADOOP_VERSION, testSourcesJar } from '../hadoop.mjs';
import { properties, suites } from './suites.mjs';

const USAGE = `Usage: cli-suite.mjs (--hdfs PREFIX | --batch PREFIX) [--fs URI]... --suite NAME... [options]

  --hdfs PREFIX     command that stands for \`hdfs\`; each test command runs as one process:
                    PREFIX dfs|dfsadmin|cacheadmin|ec|crypto [-D key=value]... [-fs URI] ARGS...
  --batch PREFIX    instead, one long-lived process that runs commands from its standard input:
                    \`tool base64(arg)...\` in, \`exit-code base64(output)\` out, a line each
  --fs URI          the cluster. THE SUITES DELETE EVERYTHING IN IT. May be repeated: tests of a
                    suite are then spread over the clusters, one at a time on each, neighbours on the
                    same one: some tests rely on what the one before left behind
  --suite NAME      ${Object.keys(suites).join('\n                    ')}
                    or "all"; may be repeated
  --only REGEX      run only tests whose "group: description" matches
  --jobs N          tests at once in a suite that needs no cluster (default 1)
  --provides LIST   properties the cluster has, comma-separated, or "all"; tests that need others are skipped:
${Object.entries(properties).map(([name, text]) => `                      ${name}: ${text}`).join('\n')}
  --no-define       do not pass -D (the command reads its configuration elsewhere)
  --ignore REGEX    drop matching lines from the output before comparing (log lines)
  --user NAME       user the commands run as (default: the current one)
  --jar PATH        hadoop-hdfs or hadoop-common ${HADOOP_VERSION} test-sources jar; may be repeated.
                    Without it, mvn copies the jars into the cache
  --wipe            empty the file system first; without it the runner refuses one that is not empty
  --timeout SECONDS per process of --hdfs (default 60)
  --report FILE     write all results as JSON
  --quiet           do not print expected and actual output of failures`;

const TOOLS = {
  command: 'dfs',
  'dfs-admin-command': 'dfsadmin',
  'cache-admin-command': 'cacheadmin',
  'ec-admin-command': 'ec',
  'crypto-admin-command': 'crypto',
};

// ---------------------------------------------------------------- suite files

/** Reads a zip file's central directory: Map of entry name to a function that returns its bytes. */
function openZip(file) {
  const zip = fs.readFileSync(file);
  const end = zip.lastIndexOf('PK\x05\x06', undefined, 'latin1');
  if (end < 0) throw new Error(`${file}: not a zip file`);
  const entries = new Map();
  let at = zip.readUInt32LE(end + 16);
  for (let n = zip.readUInt16LE(end + 10); n > 0; n--) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((o) => zip.readUInt16LE(at + o));
    const name = zip.toString('utf8', at + 46, at + 46 + nameLength);
    const method = zip.readUInt16LE(at + 10);
    const size = zip.readUInt32LE(at + 20);
    const local = zip.readUInt32LE(at + 42);
    entries.set(name, () => {
      const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
      const data = zip.subarray(start, start + size);
      return method === 0 ? data : inflateRawSync(data);
    });
    at += 46 + nameLength + extraLength + commentLength;
  }
  return entries;
}

/** The test-sources jar of a Hadoop module: one of `jars`, or copied from Maven once. */
const findJar = (module, jars) =>
  jars.find((jar) => path.basename(jar).startsWith(module)) ?? testSourcesJar(module);

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };
const unescapeXml = (text) =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi, (_, hex, dec, name) =>
    name ? ENTITIES[name] : String.fromCodePoint(hex ? parseInt(hex, 16) : Number(dec)));

/** Parses a suite as CLITestHelper does: an element's text is what follows the last start tag. */
function parseSuite(xml) {
  const tests = [];
  let test, commands, comparator;
  let text = '';
  const onEnd = {
    description: () => { test.description = text.trim().replace(/\s+/g, ' '); },
    type: () => { comparator.type = text; },
    'expected-output': () => { comparator.expected = text; },
    'expected-exit-code': () => { comparator.exitCode = Number(text); },
    comparator: () => test.comparators.push(comparator),
    test: () => tests.push(test),
  };
  const onStart = {
    test: () => { test = { description: '', commands: [], cleanup: [], comparators: [] }; },
    'test-commands': () => { commands = test.commands; },
    'cleanup-commands': () => { commands = test.cleanup; },
    comparator: () => { comparator = { exitCode: -1 }; },
  };
  const tokens = /<!--.*?-->|<\?.*?\?>|<!\[CDATA\[(?<cdata>.*?)\]\]>|<(?<close>\/?)(?<tag>[\w-]+)[^>]*?>|(?<chars>[^<]+)/gs;
  for (const { groups: { cdata, close, tag, chars } } of xml.replace(/\r\n?/g, '\n').matchAll(tokens)) {
    if (chars !== undefined) text += unescapeXml(chars);
    else if (cdata !== undefined) text += cdata;
    else if (tag && !close) {
      text = '';
      onStart[tag]?.();
    } else if (tag) {
      if (TOOLS[tag]) commands.push({ tool: TOOLS[tag], line: text });
      onEnd[tag]?.();
    }
  }
  return tests;
}

/** The command a test is about: the one its description starts with, if it runs it, else the last one. */
function groupOf({ description, commands }) {
  const named = commands.map(({ tool, line }) => {
    const verb = splitArgs(line).find((arg, i, args) => /^-\w/.test(arg) && arg !== '-fs' && args[i - 1] !== '-fs');
    return { tool, verb: verb?.slice(1) ?? '(none)' };
  });
  const word = description.match(/^\w+/)?.[0].toLowerCase();
  const { tool, verb } = named.findLast((c) => c.verb.toLowerCase() === word) ?? named.at(-1);
  return tool === 'dfs' ? verb : `${tool} ${verb}`;
}

// ---------------------------------------------------------------- comparators

const splitArgs = (line) => Array.from(line.matchAll(/'([^']*)'|"([^"]*)"|(\S+)/g), (m) => m[1] ?? m[2] ?? m[3]);
const lines = (output) => output.split(/[\n\r]+/).filter(Boolean);

/** A Java pattern for find(): there `$` also matches before a final line terminator. */
const findPattern = (source) =>
  new RegExp(source.replace(/\\.|\[(?:\\.|[^\]])*\]|\$/gs, (m) => (m === '$' ? '(?=\\n?$)' : m)));

const COMPARATORS = {
  ExactComparator: (actual, expected) => actual === expected,
  ExactLineComparator: (actual, expected) => lines(actual).includes(expected),
  SubstringComparator: (actual, expected) => actual.includes(expected),
  TokenComparator: (actual, expected) => expected.split(/[,\n\r]+/).every((token) => actual.includes(token)),
  RegexpComparator: (actual, expected) => {
    const pattern = new RegExp(`^(?:${expected})$`);
    return lines(actual).some((line) => pattern.test(line));
  },
  RegexpAcrossOutputComparator: (actual, expected) => findPattern(expected).test(actual),
};

// ---------------------------------------------------------------- running commands

/** Runs each command as a process; stdout and stderr share one file, so their order is kept. */
function processRunner(prefix, scratch, timeoutMs) {
  const outFile = path.join(scratch, 'output');
  const run = (tool, args) => new Promise((resolve, reject) => {
    const fd = fs.openSync(outFile, 'w');
    const child = spawn(prefix[0], [...prefix.slice(1), tool, ...args], {
      stdio: ['ignore', fd, fd], timeout: timeoutMs, killSignal: 'SIGKILL',
    });
    fs.closeSync(fd);
    child.on('error', reject);
    child.on('exit', (exitCode) => resolve({ output: fs.readFileSync(outFile, 'utf8'), exitCode })); // null: killed
  });
  return { run, close() {} };
}

/** Sends each command to one long-lived process: `tool base64(arg)...` in, `exit-code base64(output)` out. */
function batchRunner(prefix) {
  const child = spawn(prefix[0], prefix.slice(1), { stdio: ['pipe', 'pipe', 'inherit'] });
  const waiting = [];
  const fail = (why) => waiting.splice(0).forEach(({ reject }) => reject(new Error(why)));
  child.on('error', (e) => fail(e.message));
  child.on('exit', () => fail('the batch server ended'));
  readline.createInterface({ input: child.stdout }).on('line', (line) => {
    const [code, output = ''] = line.split(' ');
    waiting.shift()?.resolve({ output: Buffer.from(output, 'base64').toString(), exitCode: Number(code) });
  });
  const run = (tool, args) => new Promise((resolve, reject) => {
    waiting.push({ resolve, reject });
    child.stdin.write(`${[tool, ...args.map((arg) => Buffer.from(arg).toString('base64'))].join(' ')}\n`);
  });
  return { run, close: () => child.stdin.end() };
}

/** One place where tests run one after the other: a cluster (or none), a data directory, a way to run commands. */
class Worker {
  constructor(options, suite, uri, dataFiles) {
    Object.assign(this, { options, suite, uri, dataFiles });
    this.scratch = fs.mkdtempSync(path.join(os.tmpdir(), 'cli-suite-'));
    this.data = path.join(this.scratch, 'data');
    this.runner = options.batch
      ? batchRunner(splitArgs(options.batch))
      : processRunner(splitArgs(options.hdfs), this.scratch, options.timeout * 1000);
  }

  /** Expands a placeholder text; a data directory is a URI with a slash at its end, as java.io.File gives it. */
  expand(text) {
    return text
      .replaceAll('NAMENODE', () => this.uri ?? '')
      .replaceAll('CLITEST_DATA', () => `file:${this.data}/`)
      .replaceAll('USERNAME', () => this.options.user)
      .replaceAll('#LF#', '\n');
  }

  async run(tool, line) {
    const args = splitArgs(line).map((arg) => this.expand(arg));
    const generic = this.options['no-define'] ? [] : Object.entries(this.suite.define ?? {}).flatMap(([k, v]) => ['-D', `${k}=${v}`]);
    if (this.uri && args[0] !== '-fs') generic.push('-fs', this.uri);
    const result = await this.runner.run(tool, [...generic, ...args]);
    if (this.options.ignore) {
      result.output = result.output.split(/(?<=\n)/).filter((l) => !this.options.ignore.test(l.trimEnd())).join('');
    }
    return { ...result, command: [tool, ...generic, ...args].join(' ') };
  }

  /** Empties the file system and restores the data files. */
  async reset() {
    fs.rmSync(this.data, { recursive: true, force: true });
    fs.mkdirSync(this.data);
    for (const [name, bytes] of this.dataFiles) fs.writeFileSync(path.join(this.data, name), bytes);
    if (!this.uri) return;
    await this.run('dfsadmin', '-safemode leave');
    await this.run('dfs', '-rm -r -f -skipTrash /*');
  }

  async start() {
    if (this.uri && !this.options.wipe && !this.options.owned.has(this.uri)) {
      const { output, exitCode } = await this.run('dfs', '-ls /');
      if (exitCode !== 0) throw new Error(`${this.uri}: cannot list /: ${output}`);
      if (output.trim()) throw new Error(`${this.uri} is not empty; the suites delete everything in it (--wipe to allow)`);
      this.options.owned.add(this.uri);
    }
    await this.reset();
    for (const [tool, line] of this.suite.setup ?? []) await this.run(tool, line);
  }

  async teardown() {
    for (const [tool, line] of this.suite.teardown ?? []) await this.run(tool, line);
  }

  close() {
    this.runner.close();
    fs.rmSync(this.scratch, { recursive: true, force: true });
  }

  /** Runs one test; only the last command's result is compared. */
  async test({ commands, cleanup, comparators }) {
    const began = Date.now();
    let last;
    const ran = [];
    for (const { tool, line } of commands) ran.push((last = await this.run(tool, line)).command);
    const checks = comparators.map((comparator) => this.check(comparator, last));
    for (const { tool, line } of cleanup) await this.run(tool, line);
    const status = checks.every((c) => c.passed) ? 'passed' : 'failed';
    if (status === 'failed' && !this.suite.stateless) await this.reset();
    return { status, ms: Date.now() - began, commands: ran, exitCode: last.exitCode, actual: last.output, checks };
  }

  check({ type, expected: template, exitCode }, { output, exitCode: actualCode }) {
    if (type.toLowerCase() === 'none') return { type, passed: true };
    const expected = this.expand(template);
    const codePassed = actualCode !== null && (exitCode === -1 || (exitCode & 0xff) === (actualCode & 0xff));
    const result = { type, expected, ...(exitCode !== -1 && { expectedExitCode: exitCode }) };
    try {
      return { ...result, passed: codePassed && COMPARATORS[type](output, expected) };
    } catch (e) {
      return { ...result, passed: false, error: e.message };
    }
  }
}

// ---------------------------------------------------------------- running suites

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
  await Promise.all(clusters.map(async (uri, i) => {
    const tests = queue.slice(i * share, (i + 1) * share);
    const worker = new Worker(options, suite, uri, dataFiles);
    try {
      await worker.start();
      for (const result of tests) {
        Object.assign(result, await worker.test(result.test));
        if (result.status === 'failed' && !options.quiet) printFailure(result);
      }
      await worker.teardown();
    } finally {
      worker.close();
    }
  }));
  return results.map(({ test, ...result }) => result);
}

const indent = (text) => text.replace(/\n$/, '').replace(/^/gm, '      | ');

function printFailure({ suite, id, group, description, commands, checks, actual, exitCode }) {
  console.log(`FAIL ${suite} #${id} [${group}] ${description}`);
  commands.forEach((command) => console.log(`    $ ${command}`));
  for (const { type, expected, expectedExitCode, error } of checks.filter((c) => !c.passed)) {
    console.log(`    ${type} expected${expectedExitCode === undefined ? '' : ` exit code ${expectedExitCode} and`}:\n${indent(expected)}`);
    if (error) console.log(`    ${error}`);
  }
  console.log(`    actual (${exitCode === null ? 'killed: timeout' : `exit code ${exitCode}`}):\n${indent(actual)}\n`);
}

/** Counts results by a key: Map of key to { passed, failed, skipped }. */
function tally(results, key) {
  const counts = new Map();
  for (const result of results) {
    const k = result[key];
    if (!counts.has(k)) counts.set(k, { passed: 0, failed: 0, skipped: 0 });
    counts.get(k)[result.status]++;
  }
  return new Map([...counts].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function printTable(title, counts) {
  const width = Math.max(title.length, ...[...counts.keys()].map((k) => k.length));
  console.log(`${title.padEnd(width)}  passed  failed  skipped`);
  for (const [k, { passed, failed, skipped }] of counts) {
    console.log(`${k.padEnd(width)}  ${String(passed).padStart(6)}  ${String(failed).padStart(6)}  ${String(skipped).padStart(7)}`);
  }
  console.log();
}

const count = (results, status) => results.filter((r) => r.status === status).length;

async function main() {
  const { values } = parseArgs({
    options: {
      hdfs: { type: 'string' }, batch: { type: 'string' },
      fs: { type: 'string', multiple: true, default: [] },
      suite: { type: 'string', multiple: true, default: [] },
      only: { type: 'string' }, ignore: { type: 'string' },
      jobs: { type: 'string', default: '1' }, timeout: { type: 'string', default: '60' },
      provides: { type: 'string', default: '' },
      user: { type: 'string', default: os.userInfo().username },
      jar: { type: 'string', multiple: true, default: [] },
      report: { type: 'string' },
      'no-define': { type: 'boolean' }, wipe: { type: 'boolean' }, quiet: { type: 'boolean' }, help: { type: 'boolean' },
    },
  });
  const names = values.suite.includes('all') ? Object.keys(suites) : values.suite;
  if (values.help || !names.length || !(values.hdfs ?? values.batch)) {
    console.log(USAGE);
    return values.help ? 0 : 2;
  }
  const unknown = names.find((name) => !suites[name]);
  if (unknown) throw new Error(`unknown suite ${unknown}`);

  const provides = new Set(values.provides === 'all' ? Object.keys(properties) : values.provides.split(',').filter(Boolean));
  if (!provides.has('acl-inheritance:off')) provides.add('acl-inheritance:posix');
  const strange = [...provides].find((p) => !properties[p]);
  if (strange) throw new Error(`unknown property ${strange}`);
  const options = {
    ...values, provides,
    owned: new Set(), // clusters found empty, so ours to fill and empty
    jobs: Number(values.jobs), timeout: Number(values.timeout),
    only: values.only && new RegExp(values.only), ignore: values.ignore && new RegExp(values.ignore),
    fs: values.fs.map((uri) => uri.replace(/\/$/, '')),
  };

  const results = [];
  for (const name of names) results.push(...await runSuite(name, options));
  if (values.report) {
    const byGroup = Object.fromEntries(tally(results, 'group'));
    const bySuite = Object.fromEntries(tally(results, 'suite'));
    fs.writeFileSync(values.report, `${JSON.stringify({ hadoop: HADOOP_VERSION, bySuite, byGroup, tests: results }, null, 1)}\n`);
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

main().then((code) => { process.exitCode = code; }, (e) => {
  console.error(`cli-suite: ${e.message}`);
  process.exitCode = 2;
});
