#!/usr/bin/env node
// Compares Calf's speed with the real Hadoop's, in one run on one machine: `npm run bench [-- FIGURE... OPTION...]`.
// Prints figures. The exit code says only whether all of it ran, because it is not a test.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CalfCluster, needBuild } from '../interop/lib/calf-cluster.mjs';
import { HadoopCluster } from '../interop/lib/hadoop-cluster.mjs';
import { install } from '../interop/lib/hadoop-install.mjs';
import { missingTool, tempDir } from '../interop/lib/tools.mjs';
import { table } from './figures.mjs';
import { manyTasks, streaming, teraSort, tinyJob, wordCount } from './jobs.mjs';
import { creates, ls, putGet, stats } from './measurements.mjs';
import { rereplication } from './rereplication.mjs';

const USAGE = `usage: run.mjs [FIGURE...] [OPTION...]
  figures            ls put-get creates stats rereplication, and of jobs tiny-job word-count terasort streaming many-tasks;
                     default all. Each is printed as it ends, beside the reference in the same run
  --only FIGURE      the same as FIGURE
  --rounds N         pairs of runs of each (default: ls 21, put-get 5 and twice as many gets, creates and stats 5, tiny-job 3,
                     other jobs 1)
  --size MB          of the file of put-get (default 1000)
  --seconds S        of each run of creates and stats (default 4)
  --clients N        at once in creates and stats (default 16)
  --blocks N         of the DataNode that dies in rereplication (default 10000), of --block-bytes (default 16384) each
  --text-mb MB       of the text of word-count (default 1000), which also runs against a bare Node program of two threads
  --rows N           of terasort (default 10000000), 100 bytes each
  --stream-mb MB     of the text of streaming (default 1000)
  --maps N           of many-tasks (default 2000), with --reduces N (default 50); YARN runs --yarn-maps N (default 40)
  --minutes N        longest time of one job (default 20); a figure that fails is named, and the others go on
  --dir DIR          where both clusters keep their data (default the temporary directory)
  --json             print one JSON object
`;

const JOBS = {
  'tiny-job': tinyJob,
  'word-count': wordCount,
  terasort: teraSort,
  streaming,
  'many-tasks': manyTasks,
};
const FIGURES = { ls, 'put-get': putGet, creates, stats, rereplication, ...JOBS };

const say = (line) => process.stderr.write(`${line}\n`);

const NUMBERS = [
  ...['rounds', 'size', 'seconds', 'clients', 'blocks', 'block-bytes'],
  ...['text-mb', 'rows', 'stream-mb', 'maps', 'reduces', 'yarn-maps', 'minutes'],
];

function parseOptions() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      rounds: { type: 'string' },
      size: { type: 'string', default: '1000' },
      seconds: { type: 'string', default: '4' },
      clients: { type: 'string', default: '16' },
      blocks: { type: 'string', default: '10000' },
      'block-bytes': { type: 'string', default: '16384' },
      only: { type: 'string', multiple: true, default: [] },
      'text-mb': { type: 'string', default: '1000' },
      rows: { type: 'string', default: '10000000' },
      'stream-mb': { type: 'string', default: '1000' },
      maps: { type: 'string', default: '2000' },
      reduces: { type: 'string', default: '50' },
      'yarn-maps': { type: 'string', default: '40' },
      minutes: { type: 'string', default: '20' },
      dir: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const chosen = [...positionals, ...values.only];
  const names = chosen.length > 0 ? chosen : Object.keys(FIGURES);
  const options = { ...values, names };
  for (const key of NUMBERS) {
    if (values[key] === undefined) continue;
    options[key] = Number(values[key]);
    if (!(options[key] > 0)) throw new Error(`--${key} is no number above 0: ${values[key]}\n${USAGE}`);
  }
  const wrong = names.find((name) => !FIGURES[name]);
  if (wrong) throw new Error(`no figure is named ${wrong}\n${USAGE}`);
  return options;
}

async function main() {
  const options = parseOptions();
  if (options.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const why = await missingTool(['java', 'maven']);
  if (why && options.names.some((name) => name !== 'ls'))
    throw new Error(`the figures are ratios to the real Hadoop: ${why}`);
  needBuild();
  if (!why) await install();

  const started = new Map();
  /** Starts a cluster at its first use. One that did not start fails each figure that needs it. */
  const cluster = (name, make) => async () => {
    if (!started.has(name)) {
      say(`starting ${name}`);
      const made = make();
      started.set(name, { made, starting: made.start() });
    }
    const { made, starting } = started.get(name);
    await starting;
    return made;
  };
  const dir = (name) => path.join(tempDir(`bench-${name}`, options.dir), name);
  const mapreduce = options.names.some((name) => JOBS[name]);
  const context = {
    options,
    calf: cluster('our cluster', () => new CalfCluster(dir('calf'), { mapreduce })),
    hadoop: cluster("Hadoop's cluster", () => new HadoopCluster(dir('hadoop'), { heapMb: 1024 })),
  };
  const figures = [];
  const failed = [];
  try {
    for (const name of options.names) {
      say(`measuring ${name}`);
      try {
        const made = await FIGURES[name](context);
        figures.push(...made);
        say(table(made));
      } catch (e) {
        failed.push(name);
        say(`${name} failed: ${e.message}`);
      }
    }
  } finally {
    await Promise.all([...started.values()].map(({ made }) => made.stop()));
  }
  const machine = {
    cpus: os.cpus().length,
    cpu: os.cpus()[0]?.model.trim(),
    node: process.version,
    platform: process.platform,
  };
  if (options.json) console.log(JSON.stringify({ machine, figures }, null, 1));
  else console.log(`\n${machine.cpus} x ${machine.cpu}, Node ${machine.node}\n${table(figures)}`);
  return failed.length > 0 ? 1 : 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  },
);
