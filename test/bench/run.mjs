#!/usr/bin/env node
// Compares Calf's speed with the real Hadoop's, in one run on one machine: `npm run bench [-- FIGURE... OPTION...]`.
// Prints figures. The exit code says only whether the benchmark ran, because it is not a test.
import os from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { CalfCluster, needBuild } from '../interop/lib/calf-cluster.mjs';
import { HadoopCluster } from '../interop/lib/hadoop-cluster.mjs';
import { install } from '../interop/lib/hadoop-install.mjs';
import { missingTool, tempDir } from '../interop/lib/tools.mjs';
import { table } from './figures.mjs';
import { creates, ls, putGet, stats, wordcount } from './measurements.mjs';
import { rereplication } from './rereplication.mjs';

const USAGE = `usage: run.mjs [FIGURE...] [OPTION...]
  figures            ls put-get creates stats wordcount rereplication; default all
  --rounds N         pairs of runs of each (default: ls 21, put-get 5 and twice as many gets, creates and stats 5, wordcount 3)
  --size MB          of the file of put-get (default 1000)
  --seconds S        of each run of creates and stats (default 4)
  --clients N        at once in creates and stats (default 16)
  --blocks N         of the DataNode that dies in rereplication (default 10000), of --block-bytes (default 16384) each
  --dir DIR          where both clusters keep their data (default the temporary directory)
  --json             print one JSON object
`;

const FIGURES = { ls, 'put-get': putGet, creates, stats, wordcount, rereplication };

const say = (line) => process.stderr.write(`${line}\n`);

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
      dir: { type: 'string' },
      json: { type: 'boolean' },
      help: { type: 'boolean' },
    },
  });
  const names = positionals.length > 0 ? positionals : Object.keys(FIGURES);
  const options = { ...values, names };
  for (const key of ['rounds', 'size', 'seconds', 'clients', 'blocks', 'block-bytes'])
    options[key] = values[key] && Number(values[key]);
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
  const cluster = (name, make) => async () => {
    if (!started.has(name)) {
      say(`starting ${name}`);
      started.set(name, make());
      await started.get(name).start();
    }
    return started.get(name);
  };
  const dir = (name) => path.join(tempDir(`bench-${name}`, options.dir), name);
  const mapreduce = options.names.includes('wordcount');
  const context = {
    options,
    calf: cluster('our cluster', () => new CalfCluster(dir('calf'), { mapreduce })),
    hadoop: cluster("Hadoop's cluster", () => new HadoopCluster(dir('hadoop'), { heapMb: 1024 })),
  };
  const figures = [];
  try {
    for (const name of options.names) {
      say(`measuring ${name}`);
      const made = await FIGURES[name](context);
      figures.push(...made);
      say(table(made));
    }
  } finally {
    await Promise.all([...started.values()].map((c) => c.stop()));
  }
  const machine = {
    cpus: os.cpus().length,
    cpu: os.cpus()[0]?.model.trim(),
    node: process.version,
    platform: process.platform,
  };
  if (options.json) console.log(JSON.stringify({ machine, figures }, null, 1));
  else console.log(`\n${machine.cpus} x ${machine.cpu}, Node ${machine.node}\n${table(figures)}`);
  return 0;
}

main().then(
  (code) => process.exit(code),
  (error) => {
    console.error(`bench: ${error.message}`);
    process.exit(1);
  },
);
