#!/usr/bin/env node
// Measures a packet's CRC32C for docs/decisions/checksum.md: `node test/bench/checksum.mjs [ROUNDS]`
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import zlib from 'node:zlib';
import { build } from 'esbuild';

const rounds = Number(process.argv[2] ?? 25);
const project = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
/** Data bytes of a packet of Hadoop's default size. */
const PACKET_BYTES = 64_512;
const CHUNK_BYTES = 512;
const PACKETS = 200;

/** Returns milliseconds of processor time, which other work on the machine changes little. */
const cpuMs = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
};

const polynomial = 0x82f63b78;
const tables = new Int32Array(8 * 256);
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let k = 0; k < 8; k++) c = c & 1 ? (c >>> 1) ^ polynomial : c >>> 1;
  tables[n] = c;
}
for (let n = 256; n < tables.length; n++) tables[n] = (tables[n - 256] >>> 8) ^ tables[tables[n - 256] & 0xff];

/** Returns a function that computes every chunk's CRC with `crcOf(data, from, to)`. */
function perChunk(crcOf) {
  return (data) => {
    const out = Buffer.allocUnsafe((data.length / CHUNK_BYTES) * 4);
    for (let from = 0, at = 0; from < data.length; from += CHUNK_BYTES, at += 4) {
      out.writeInt32BE(crcOf(data, from, from + CHUNK_BYTES) | 0, at);
    }
    return out;
  };
}

function byTable(data, from, to) {
  let crc = -1;
  for (let i = from; i < to; i++) crc = (crc >>> 8) ^ tables[(crc ^ data[i]) & 0xff];
  return ~crc;
}

/** Computes a CRC in plain JavaScript as fast as possible: eight bytes a step. */
function slicingBy8(data, from, to) {
  const t = tables;
  let crc = -1;
  for (let i = from; i < to; i += 8) {
    crc ^= data[i] | (data[i + 1] << 8) | (data[i + 2] << 16) | (data[i + 3] << 24);
    crc =
      t[1792 + (crc & 0xff)] ^
      t[1536 + ((crc >>> 8) & 0xff)] ^
      t[1280 + ((crc >>> 16) & 0xff)] ^
      t[1024 + (crc >>> 24)] ^
      t[768 + data[i + 4]] ^
      t[512 + data[i + 5]] ^
      t[256 + data[i + 6]] ^
      t[data[i + 7]];
  }
  return ~crc;
}

const temp = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-checksum-'));
try {
  const outfile = path.join(temp, 'crc.mjs');
  const entryPoints = [path.join(project, 'protocol', 'checksum', 'crc.ts')];
  await build({ entryPoints, outfile, bundle: true, format: 'esm', platform: 'node', logLevel: 'error' });
  const { crcChunks } = await import(pathToFileURL(outfile).href);
  const candidates = [
    ['WebAssembly, folding, then slicing by 16 (chosen)', (data) => crcChunks('CRC32C', data, CHUNK_BYTES)],
    ['WebAssembly, slicing by 16 alone (another polynomial)', (data) => crcChunks('CRC32', data, CHUNK_BYTES)],
    ['JavaScript, slicing by 8', perChunk(slicingBy8)],
    ['JavaScript, one table', perChunk(byTable)],
  ];
  if (zlib.crc32) {
    const native = perChunk((data, from, to) => zlib.crc32(data.subarray(from, to)));
    candidates.push(['native zlib.crc32, a view and a call per chunk (another polynomial)', native]);
    candidates.push(['native zlib.crc32 over whole packets (not what HDFS needs)', (data) => zlib.crc32(data)]);
  }
  const data = Buffer.from(Array.from({ length: PACKET_BYTES }, (_, i) => (i * 31) ^ (i >> 7)));
  const [chosen, , ...others] = candidates.slice(0, 4).map(([, compute]) => compute(data));
  for (const other of others) if (!other.equals(chosen)) throw new Error('the candidates disagree');
  const speeds = candidates.map(() => []);
  for (let round = -3; round < rounds; round++) {
    for (const [i, [, compute]] of candidates.entries()) {
      const start = cpuMs();
      for (let n = 0; n < PACKETS; n++) compute(data);
      const gbPerSecond = (PACKETS * PACKET_BYTES) / (cpuMs() - start) / 1e6;
      if (round >= 0) speeds[i].push(gbPerSecond);
    }
  }
  console.log(`Node ${process.versions.node}, ${os.cpus()[0]?.model}, medians of ${rounds} interleaved rounds\n`);
  console.log('| CRC of each 512 bytes of a packet | GB/s of CPU time |\n|---|--:|');
  for (const [i, [label]] of candidates.entries()) {
    console.log(`| ${label} | ${speeds[i].sort((a, b) => a - b)[rounds >> 1].toFixed(2)} |`);
  }
} finally {
  fs.rmSync(temp, { recursive: true });
}
