#!/usr/bin/env node
// Compares protobuf libraries for docs/decisions/protobuf.md: `node test/bench/protobuf.mjs [ROUNDS]`
// Generates each library's code from protocol/proto/*.proto into a temporary directory, and bundles all alike.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import protobuf from 'protobufjs';
import 'protobufjs/ext/descriptor.js';

const rounds = Number(process.argv[2] ?? 25);
const project = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const protoDir = path.join(project, 'protocol', 'proto');
const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-protobuf-'));

const GET_FILE_INFO = 'hadoop.hdfs.GetFileInfoResponseProto';
const GET_BLOCK_LOCATIONS = 'hadoop.hdfs.GetBlockLocationsResponseProto';
const BLOCK_REPORT = 'hadoop.hdfs.datanode.BlockReportRequestProto';
const BLOCKS = 10_000;
const simpleName = (name) => name.slice(name.lastIndexOf('.') + 1);

// --- The three libraries: each a module with codecs for the three messages and the varints of a block report

const OURS = `
import protobuf from 'protobufjs/minimal.js';
import * as M from '${project}/protocol/gen/messages.ts';
${protobufjsVarints('Number')}
export const codec = (name) => ({ encode: M[name].encode, decode: M[name].decode });
`;

const PBJS = `
import protobuf from 'protobufjs/minimal.js';
protobuf.util.Long = null;
protobuf.configure();
import root from './pbjs.js';
${protobufjsVarints('Number')}
const find = (name) => root.hadoop.hdfs[name] ?? root.hadoop.hdfs.datanode[name];
export const codec = (name) => ({
  encode: (message) => find(name).encode(message).finish(),
  decode: (bytes) => find(name).decode(bytes),
});
`;

const ES = `
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryReader, BinaryWriter } from '@bufbuild/protobuf/wire';
import { schemas } from './es-schemas.js';
export function encodeBlocks(blocks) {
  const w = new BinaryWriter();
  for (const b of blocks) w.sint64(b.blockId).uint64(b.bytes).uint64(b.stamp).uint32(b.state);
  return w.finish();
}
export function decodeBlocks(bytes, count) {
  const r = new BinaryReader(bytes);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += Number(r.sint64()) + Number(r.uint64()) + Number(r.uint64()) + r.uint32();
  return sum;
}
export const codec = (name) => ({
  encode: (message) => toBinary(schemas[name], create(schemas[name], message)),
  decode: (bytes) => fromBinary(schemas[name], bytes),
});
`;

function protobufjsVarints(toNumber) {
  return `
export function encodeBlocks(blocks) {
  const w = protobuf.Writer.create();
  for (const b of blocks) w.sint64(b.blockId).uint64(b.bytes).uint64(b.stamp).uint32(b.state);
  return w.finish();
}
export function decodeBlocks(bytes, count) {
  const r = protobuf.Reader.create(bytes);
  let sum = 0;
  for (let i = 0; i < count; i++) sum += ${toNumber}(r.sint64()) + ${toNumber}(r.uint64()) + ${toNumber}(r.uint64()) + r.uint32();
  return sum;
}`;
}

/** Returns a module as protoc-gen-es would write it: each file's descriptor in base64, and a constant per message. */
function protobufEsModule() {
  const root = new protobuf.Root();
  root.resolvePath = (_, target) => (path.isAbsolute(target) ? target : path.join(protoDir, target));
  root
    .loadSync(
      fs.readdirSync(protoDir).map((f) => path.join(protoDir, f)),
      { keepCase: true },
    )
    .resolveAll();
  // protobufjs makes one descriptor file per package, without imports and with relative names. Both are corrected here.
  const { file } = root.toDescriptor('proto2');
  const order = ['hadoop.common', 'hadoop.hdfs', 'hadoop.hdfs.datanode'];
  file.sort((a, b) => (order.indexOf(a.package) + 1 || 9) - (order.indexOf(b.package) + 1 || 9));
  const lines = ["import { fileDesc, messageDesc } from '@bufbuild/protobuf/codegenv2';"];
  file.forEach((one, i) => {
    const known = file.slice(0, i);
    one.dependency = known.map((f) => f.name);
    one.service = [];
    for (const m of one.messageType) qualifyNames(m, root.lookupType(`${one.package}.${m.name}`));
    const base64 = Buffer.from(one.constructor.encode(one).finish()).toString('base64').replace(/=+$/, '');
    lines.push(`const file${i} = fileDesc('${base64}', [${known.map((_, j) => `file${j}`)}]);`);
    lines.push(...one.messageType.map((m, j) => `const ${m.name}${i} = /* @__PURE__ */ messageDesc(file${i}, ${j});`));
  });
  const wanted = [GET_FILE_INFO, GET_BLOCK_LOCATIONS, BLOCK_REPORT].map((name) => {
    const i = file.findIndex((f) => f.package === name.slice(0, name.lastIndexOf('.')));
    return `${simpleName(name)}: ${simpleName(name)}${i}`;
  });
  lines.push(`export const schemas = { ${wanted.join(', ')} };`);
  return lines.join('\n');
}

function qualifyNames(descriptor, type) {
  for (const field of descriptor.field) {
    const { resolvedType } = type.fields[field.name];
    if (resolvedType) field.typeName = resolvedType.fullName;
  }
  for (const nested of descriptor.nestedType) qualifyNames(nested, type.get(nested.name));
}

async function makeCandidate(name, source) {
  const entry = path.join(temp, `${name}.entry.js`);
  fs.writeFileSync(entry, source);
  const outfile = path.join(temp, `${name}.mjs`);
  await build({
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    format: 'esm',
    platform: 'node',
    logLevel: 'error',
    nodePaths: [path.join(project, 'node_modules')],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
  });
  return { name, outfile, module: await import(pathToFileURL(outfile).href) };
}

// --- The messages

/** Returns messages as plain objects for a library: 64-bit fields as numbers, or as bigint for protobuf-es. */
function samples(big, camel) {
  const long = (value) => (big ? BigInt(value) : value);
  const named = (object) =>
    camel
      ? Object.fromEntries(Object.entries(object).map(([k, v]) => [k.replace(/_(.)/g, (_, c) => c.toUpperCase()), v]))
      : object;
  const status = (locations) =>
    named({
      fileType: 2,
      path: Buffer.from('part-r-00000'),
      length: long(1_342_177_280),
      permission: { perm: 0o644 },
      owner: 'alice',
      group: 'supergroup',
      modification_time: long(1_790_000_000_000),
      access_time: long(1_790_000_000_000),
      block_replication: 3,
      blocksize: long(134_217_728),
      fileId: long(16_400),
      childrenNum: 0,
      storagePolicy: 0,
      ...locations,
    });
  const datanode = (n) => ({
    id: {
      ipAddr: `10.0.0.${n}`,
      hostName: `worker-${n}.example.org`,
      datanodeUuid: `53e22f4b-6b27-4986-8ba8-c32de387e0${10 + n}`,
      xferPort: 9866,
      infoPort: 9864,
      ipcPort: 9867,
      infoSecurePort: 0,
    },
    capacity: long(270_553_174_016),
    dfsUsed: long(8_351_744),
    remaining: long(83_350_306_816),
    blockPoolUsed: long(8_351_744),
    lastUpdate: long(1_795_233_463_745),
    xceiverCount: 1,
    location: '/default-rack',
    nonDfsUsed: long(14_434_635_776),
    adminState: 0,
    cacheCapacity: long(0),
    cacheUsed: long(0),
    lastUpdateMonotonic: long(2_618_449),
    dependentHostNames: [],
  });
  const block = (i) => ({
    b: {
      poolId: 'BP-1163125565-127.0.0.1-1795232188809',
      blockId: long(1_073_741_842 + i),
      generationStamp: long(1024 + i),
      numBytes: long(134_217_728),
    },
    offset: long(i * 134_217_728),
    locs: [1, 2, 3].map(datanode),
    corrupt: false,
    blockToken: { identifier: Buffer.alloc(0), password: Buffer.alloc(0), kind: '', service: '' },
    blockTokens: [],
    isCached: [false, false, false],
    storageTypes: [1, 1, 1],
    storageIDs: [1, 2, 3].map((n) => `DS-7bd4dd0c-0a3c-4d8d-9a4d-1a4ac6ae6b${10 + n}`),
    blockIndices: Buffer.alloc(0),
  });
  const locations = {
    fileLength: long(1_342_177_280),
    blocks: Array.from({ length: 10 }, (_, i) => block(i)),
    underConstruction: false,
    isLastBlockComplete: true,
  };
  const list = Array.from({ length: BLOCKS }, (_, i) => ({
    blockId: long(1_073_741_824 + i * 3),
    bytes: long(134_217_728 - (i % 7)),
    stamp: long(1001 + i),
    state: 0,
  }));
  const report = (buffers) => ({
    registration: {
      datanodeID: datanode(1).id,
      storageInfo: { layoutVersion: 4_294_967_239, namespceID: 1_234_567, clusterID: 'CID-1', cTime: long(0) },
      keys: {
        isBlockTokenEnabled: false,
        keyUpdateInterval: long(0),
        tokenLifeTime: long(0),
        currentKey: { keyId: 0, expiryDate: long(0) },
        allKeys: [],
      },
      softwareVersion: '3.4.2',
    },
    blockPoolId: 'BP-1163125565-127.0.0.1-1795232188809',
    reports: [
      { storage: { storageUuid: 'DS-7bd4dd0c' }, blocks: [], numberOfBlocks: long(BLOCKS), blocksBuffers: [buffers] },
    ],
  });
  return { fileInfo: { fs: status({}) }, blockLocations: { locations }, list, report };
}

/** Returns the work to measure: `run()` repeats it `times` times, so that one measurement takes some milliseconds. */
function works({ name, module }) {
  const es = name === 'protobuf-es';
  const { fileInfo, blockLocations, list, report } = samples(es, es);
  const cases = [];
  for (const [label, type, message, times] of [
    ['getFileInfo response', GET_FILE_INFO, fileInfo, 5000],
    ['getBlockLocations, 10 blocks of 3', GET_BLOCK_LOCATIONS, blockLocations, 150],
  ]) {
    const { encode, decode } = module.codec(simpleName(type));
    const bytes = Buffer.from(encode(message));
    cases.push({ label: `${label}: encode`, times, bytes, run: () => encode(message) });
    cases.push({ label: `${label}: decode`, times, bytes, run: () => decode(bytes) });
  }
  const { encode, decode } = module.codec(simpleName(BLOCK_REPORT));
  const whole = () => encode(report(module.encodeBlocks(list)));
  const bytes = Buffer.from(whole());
  const read = () => module.decodeBlocks(decode(bytes).reports[0].blocksBuffers[0], BLOCKS);
  cases.push({ label: 'report of 10,000 blocks: encode', times: 4, bytes, run: whole });
  cases.push({ label: 'report of 10,000 blocks: decode', times: 4, bytes, run: read });
  return cases;
}

/** Returns milliseconds of processor time, which other work on the machine changes little. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

function microseconds({ run, times }) {
  const start = cpuMs();
  for (let i = 0; i < times; i++) run();
  return ((cpuMs() - start) * 1000) / times;
}

const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];

/** Returns the milliseconds of processor time that a new process needs to load a bundle. */
function loadMs(outfile) {
  const script = `const cpu = () => process.cpuUsage().user + process.cpuUsage().system; const t = cpu(); await import(${JSON.stringify(pathToFileURL(outfile).href)}); console.log((cpu() - t) / 1000)`;
  return Number(execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }));
}

try {
  execFileSync(process.execPath, [path.join(project, 'scripts', 'generate-messages.mjs')]);
  const pbjs = path.join(project, 'node_modules', 'protobufjs-cli', 'bin', 'pbjs');
  const flags = [
    '-t',
    'static-module',
    '-w',
    'es6',
    '--keep-case',
    '--no-create',
    '--no-verify',
    '--no-convert',
    '--no-delimited',
    '--no-comments',
    '--no-service',
  ];
  const files = fs.readdirSync(protoDir).map((f) => path.join(protoDir, f));
  execFileSync(process.execPath, [pbjs, ...flags, '-p', protoDir, '-o', path.join(temp, 'pbjs.js'), ...files]);
  fs.writeFileSync(path.join(temp, 'es-schemas.js'), protobufEsModule());

  const candidates = [];
  for (const [name, source] of [
    ['ours', OURS],
    ['pbjs static', PBJS],
    ['protobuf-es', ES],
  ])
    candidates.push(await makeCandidate(name, source));
  const cases = candidates.map(works);
  cases[0].forEach((reference, i) => {
    for (const [j, { name }] of candidates.entries()) {
      if (!cases[j][i].bytes.equals(reference.bytes)) throw new Error(`${name} encodes ${reference.label} differently`);
    }
  });

  const times = cases.map((list) => list.map(() => []));
  const loads = candidates.map(() => []);
  for (let round = -3; round < rounds; round++) {
    cases[0].forEach((_, i) => {
      for (const j of candidates.keys()) {
        const value = microseconds(cases[j][i]);
        if (round >= 0) times[j][i].push(value);
      }
    });
    if (round >= 0 && round < 11) for (const [j, { outfile }] of candidates.entries()) loads[j].push(loadMs(outfile));
  }

  const rows = cases[0].map(({ label, bytes }, i) => [
    `${label} (${bytes.length} B), µs`,
    ...times.map((t) => median(t[i]).toFixed(1)),
  ]);
  rows.push(['load of the bundle in a fresh process, ms', ...loads.map((l) => median(l).toFixed(1))]);
  rows.push([
    'minified bundle of all messages, kB',
    ...candidates.map(({ outfile }) => (fs.statSync(outfile).size / 1000).toFixed(0)),
  ]);
  console.log(
    `Node ${process.versions.node}, ${os.cpus()[0]?.model}, medians of ${rounds} interleaved rounds, processor time\n`,
  );
  console.log(`| | ${candidates.map((c) => c.name).join(' | ')} |\n|---|${candidates.map(() => '--:|').join('')}`);
  for (const row of rows) console.log(`| ${row.join(' | ')} |`);
} finally {
  fs.rmSync(temp, { recursive: true });
}
