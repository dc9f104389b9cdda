// Counts the words of a local file with two threads and nothing else: `node bare-word-count.mjs FILE OUT`. The benchmark
// compares a job with it.
import fs from 'node:fs';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

const THREADS = 2;
const READ_BYTES = 1024 * 1024;
const LF = 10;

/** Counts the words of the lines that begin in [start, end). */
function count({ file, start, end }) {
  const counts = new Map();
  const descriptor = fs.openSync(file);
  const buffer = Buffer.alloc(READ_BYTES);
  let rest = Buffer.alloc(0);
  // A line that begins at the border is the first one behind it: the byte before the range is read too.
  let at = Math.max(0, start - 1);
  let skipping = start > 0;
  for (let done = false; !done; ) {
    const read = fs.readSync(descriptor, buffer, 0, READ_BYTES, at);
    let bytes = Buffer.concat([rest, buffer.subarray(0, read)]);
    let base = at - rest.length;
    at += read;
    if (skipping) {
      const first = bytes.indexOf(LF);
      if (first < 0 && read > 0) continue;
      bytes = bytes.subarray(first + 1);
      base += first + 1;
      skipping = false;
    }
    let last = bytes.lastIndexOf(LF) + 1;
    if (base + last >= end) {
      last = base >= end ? 0 : bytes.indexOf(LF, Math.max(0, end - 1 - base)) + 1;
      done = true;
    }
    if (read === 0) {
      if (!done) last = bytes.length;
      done = true;
    }
    rest = Buffer.from(bytes.subarray(last));
    for (const word of bytes.toString('utf8', 0, last).split(/[ \t\n\r\f]+/)) {
      if (word !== '') counts.set(word, (counts.get(word) ?? 0) + 1);
    }
  }
  fs.closeSync(descriptor);
  return counts;
}

if (isMainThread) {
  const [file, out] = process.argv.slice(2);
  const { size } = fs.statSync(file);
  const part = (i) => Math.floor((size * i) / THREADS);
  const ranges = Array.from({ length: THREADS }, (_, i) => ({ file, start: part(i), end: part(i + 1) }));
  const counted = ranges.map(
    (range) =>
      new Promise((resolve, reject) => {
        new Worker(new URL(import.meta.url), { workerData: range }).once('message', resolve).once('error', reject);
      }),
  );
  const all = new Map();
  for (const counts of await Promise.all(counted))
    for (const [word, n] of counts) all.set(word, (all.get(word) ?? 0) + n);
  const lines = [...all].map(([word, n]) => `${word}\t${n}\n`);
  // The order of the bytes, as a job has it.
  fs.writeFileSync(out, Buffer.concat(lines.map((line) => Buffer.from(line)).sort(Buffer.compare)));
} else parentPort.postMessage(count(workerData));
