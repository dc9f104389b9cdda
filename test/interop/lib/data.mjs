// Makes data for the proofs: the same in every run, and not compressible.
import { createCipheriv, createHash } from 'node:crypto';
import fs from 'node:fs';

const MIB = 1 << 20;

function* randomChunks(bytes, seed) {
  const key = createHash('md5').update(String(seed)).digest();
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(16));
  const zeros = Buffer.alloc(MIB);
  for (let left = bytes; left > 0; left -= MIB) yield cipher.update(left < MIB ? zeros.subarray(0, left) : zeros);
}

/** Writes `bytes` pseudo-random bytes to a file and returns their SHA-256 in hex. */
export function writeRandomFile(file, bytes, seed = 1) {
  const hash = createHash('sha256');
  const fd = fs.openSync(file, 'w');
  for (const chunk of randomChunks(bytes, seed)) {
    hash.update(chunk);
    fs.writeSync(fd, chunk);
  }
  fs.closeSync(fd);
  return hash.digest('hex');
}

/** Returns the SHA-256 of a file in hex. */
export async function sha256(file) {
  const hash = createHash('sha256');
  for await (const chunk of fs.createReadStream(file, { highWaterMark: MIB })) hash.update(chunk);
  return hash.digest('hex');
}

/** Writes lines of words to a file. Returns the number of occurrences of each word. */
export function writeWords(file, lineCount) {
  const counts = new Map();
  const lines = [];
  for (let i = 0, x = 12345; i < lineCount; i++) {
    const words = [];
    for (let j = 0; j < 12; j++) {
      x = (Math.imul(x, 1103515245) + 12345) >>> 0;
      const word = `word${(x >>> 16) % 1777}`;
      counts.set(word, (counts.get(word) ?? 0) + 1);
      words.push(word);
    }
    lines.push(words.join(' '));
  }
  fs.writeFileSync(file, `${lines.join('\n')}\n`);
  return counts;
}
