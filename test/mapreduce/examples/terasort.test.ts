// The sort benchmark: teragen, terasort and teravalidate.
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { runExample } from '../../../mapreduce/engines/job-client.ts';
import { chooseBorders, rangeOf } from '../../../mapreduce/examples/terasort.ts';
import { fixedLengthInput } from '../../../mapreduce/formats/fixed-length-input.ts';
import { jobConfiguration } from '../../../mapreduce/job/job-configuration.ts';
import { localConf, prepareTaskChild, readParts, recordConsole } from '../helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const at = (name: string): string => path.join(directory, name);

async function run(name: string, ...args: string[]): Promise<void> {
  const { io, err } = recordConsole();
  const conf = localConf(directory, 1).set('mapreduce.job.reduces', 3);
  const status = await runExample(name, { conf, args, ...io });
  expect(status, err.join('\n')).toBe(0);
}

const readAllParts = (name: string): Buffer =>
  Buffer.concat(Object.keys(readParts(at(name))).map((part) => fs.readFileSync(path.join(at(name), part))));

describe('teragen, terasort and teravalidate', () => {
  // The digest is the SHA-256 of the 1000 rows that TeraGen of Hadoop 3.4.2 writes. The checksum is its TeraValidate's.
  it('make the records of Hadoop’s, sort them over all parts, and find them in order', async () => {
    await run('teragen', '1k', at('rows'));
    const digest = createHash('sha256').update(readAllParts('rows')).digest('hex');
    expect(digest).toBe('58bc059727593984c8b04682ac359c4db035a6225097e824afb660f275566e0c');
    await run('terasort', at('rows'), at('sorted'));
    const sorted = readAllParts('sorted');
    const keys = Array.from({ length: 1000 }, (_, i) => sorted.subarray(i * 100, i * 100 + 10).toString('hex'));
    expect(keys).toEqual(keys.toSorted());
    await run('teravalidate', at('sorted'), at('report'));
    expect(readParts(at('report'))).toEqual({ 'part-r-00000': ['checksum\t1f9ffe645ec'] });
  });

  it('tell of records out of order', async () => {
    await run('teravalidate', at('rows'), at('complaints'));
    const lines = readParts(at('complaints'))['part-r-00000'] ?? [];
    expect(lines.some((line) => line.startsWith(`error\tmisorder in file://${at('rows')}`))).toBe(true);
  });
});

describe('the borders between the reduces', () => {
  it('put every key where its range is', () => {
    const key = fc.uint8Array({ minLength: 2, maxLength: 2 }).map((b) => Buffer.from(b));
    fc.assert(
      fc.property(fc.array(key, { minLength: 1, maxLength: 50 }), fc.integer({ min: 1, max: 6 }), (keys, ranges) => {
        const borders = chooseBorders(keys, ranges);
        const placed = keys.toSorted(Buffer.compare).map((k) => rangeOf(k, borders));
        expect(placed).toEqual(placed.toSorted((a, b) => a - b));
        for (const range of placed) expect(range).toBeLessThan(ranges);
      }),
    );
  });
});

describe('fixedLengthInput', () => {
  it('reads every record once for any split points', () => {
    const conf = jobConfiguration(new Configuration());
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.integer({ min: 1, max: 7 }),
        fc.array(fc.nat(200), { maxLength: 5 }),
        fc.integer({ min: 1, max: 9 }),
        (count, length, cuts, piece) => {
          const file = Buffer.from(Array.from({ length: count * length }, (_, i) => i % 251));
          const borders = [...new Set([0, ...cuts.map((c) => c % (file.length + 1)), file.length])].sort(
            (a, b) => a - b,
          );
          const offsets = borders.slice(0, -1).flatMap((start, i) => {
            const end = borders[i + 1] ?? start;
            const split = {
              kind: 'file',
              fsUri: '',
              path: '',
              start,
              length: end - start,
              hosts: [],
              names: [],
            } as const;
            const reader = fixedLengthInput(length).createReader(split, conf);
            const found: number[] = [];
            const take = () => {
              while (reader.next()) {
                expect(Buffer.from(reader.value)).toEqual(file.subarray(reader.key, reader.key + length));
                found.push(reader.key);
              }
            };
            for (let from = start; from < file.length && !reader.done; from += piece) {
              reader.feed(file.subarray(from, from + piece));
              take();
            }
            reader.end();
            take();
            return found;
          });
          expect(offsets).toEqual(Array.from({ length: count }, (_, i) => i * length));
        },
      ),
    );
  });

  it('refuses a file that ends within a record', () => {
    const split = { kind: 'file', fsUri: '', path: '', start: 0, length: 5, hosts: [], names: [] } as const;
    const reader = fixedLengthInput(3).createReader(split, jobConfiguration(new Configuration()));
    reader.feed(Buffer.alloc(5));
    expect(reader.next()).toBe(true);
    reader.end();
    expect(() => reader.next()).toThrow('The file ends within the record at offset 3');
  });
});
