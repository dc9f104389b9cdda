// Avro's files: a job writes them with each codec, their splits have each record once, and -text shows them.
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { classNameOf, codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { avroInput } from '../../../mapreduce/data-files/avro-input.ts';
import { type AvroOutputOptions, avroOutput } from '../../../mapreduce/data-files/avro-output.ts';
import { avroText } from '../../../mapreduce/data-files/avro-text.ts';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import type { ReadContext, WriteContext } from '../../../mapreduce/formats/format.ts';
import { HOST_CODECS } from '../../../mapreduce/formats/host-codecs.ts';
import { localConf, readParts, recordConsole } from '../helpers.ts';
import { memoryInput } from '../memory-input.ts';

const load = async (name: string) => ({
  ...(await engineOf(codecNamed(name))),
  className: classNameOf(codecNamed(name)),
});
beforeAll(() => void Object.defineProperty(globalThis, HOST_CODECS, { value: load, configurable: true }));

const directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-avro-'));
afterAll(() => fs.rmSync(directory, { recursive: true, force: true }));

const SCHEMA = {
  type: 'record',
  name: 'Row',
  fields: [
    { name: 'id', type: 'long' },
    { name: 'name', type: ['null', 'string'] },
    { name: 'bytes', type: 'bytes' },
    { name: 'tags', type: { type: 'map', values: 'double' } },
  ],
};

async function written(options: AvroOutputOptions, rows: readonly unknown[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const file = { write: async (bytes: Uint8Array) => void parts.push(bytes), close: async () => undefined };
  const conf = { getBoolean: () => false, get: (_: string, otherwise: string) => otherwise };
  const context = { conf, create: async () => file as unknown as FileOutput } as unknown as WriteContext;
  const writer = await avroOutput(options).openWriter(context);
  for (const row of rows) await writer.write(null, row);
  await writer.close();
  return Buffer.concat(parts);
}

async function read(bytes: Buffer, start: number, length: number, columns?: readonly string[]): Promise<unknown[]> {
  const context = { open: async () => memoryInput(bytes, 1000) } as unknown as ReadContext;
  const split = { kind: 'file', fsUri: 'file://', path: '/f', start, length, hosts: [], names: [] } as const;
  const reader = await avroInput(columns ? { columns } : {}).openReader(split, context);
  const rows: unknown[] = [];
  while (await reader.next()) rows.push(reader.value);
  await reader.close();
  return rows;
}

const rows = Array.from({ length: 3000 }, (_, id) => ({
  id: id === 7 ? 2n ** 60n : id,
  name: id % 3 === 0 ? null : `name ${id}`,
  bytes: Uint8Array.of(id % 256, 255),
  tags: { a: id / 7 },
}));

test.each(['null', 'deflate', 'snappy', 'bzip2', 'zstandard'] as const)(
  'codec %s: rows are read as written',
  async (codec) => {
    const bytes = await written({ schema: SCHEMA, codec }, rows);
    expect(await read(bytes, 0, bytes.length)).toEqual(rows);
  },
);

test('splits of any size have each row once', async () => {
  const bytes = await written({ schema: SCHEMA, codec: 'snappy' }, rows);
  let most = 0;
  for (const size of [100, 777, 5000, 20_000]) {
    const all: unknown[] = [];
    let begun = 0;
    for (let start = 0; start < bytes.length; start += size) {
      const part = await read(bytes, start, Math.min(size, bytes.length - start));
      if (part.length > 0) begun++;
      all.push(...part);
    }
    expect(all, `size ${size}`).toEqual(rows);
    most = Math.max(most, begun);
  }
  expect(most).toBeGreaterThan(1);
});

test('columns are chosen', async () => {
  const bytes = await written({ schema: SCHEMA }, rows.slice(0, 2));
  expect(await read(bytes, 0, bytes.length, ['name', 'id'])).toEqual([
    { id: 0, name: null },
    { id: 1, name: 'name 1' },
  ]);
});

test("the text is the JSON of Avro's JsonEncoder", async () => {
  const bytes = await written({ schema: SCHEMA }, rows.slice(6, 9));
  const parts: Buffer[] = [];
  for await (const part of avroText(memoryInput(bytes, 50), 'f', load)) parts.push(part);
  expect(Buffer.concat(parts).toString().split('\n')).toEqual([
    '{"id":6,"name":null,"bytes":"\\u0006ÿ","tags":{"a":0.8571428571428571}}',
    '{"id":1152921504606846976,"name":{"string":"name 7"},"bytes":"\\u0007ÿ","tags":{"a":1.0}}',
    '{"id":8,"name":{"string":"name 8"},"bytes":"\\bÿ","tags":{"a":1.1428571428571428}}',
    '',
  ]);
});

test('damage and wrong values are errors that name the place', async () => {
  const bytes = await written({ schema: SCHEMA, codec: 'snappy' }, rows);
  const bad = Buffer.from(bytes);
  bad.writeUInt8(bad.readUInt8(bad.length - 40) ^ 1, bad.length - 40);
  await expect(read(bad, 0, bad.length)).rejects.toThrow(/^file:\/\/\/f: the block at offset \d+ is damaged: /);
  await expect(read(bytes.subarray(0, -20), 0, bytes.length)).rejects.toThrow('the file ends within a block');
  await expect(written({ schema: SCHEMA }, [{ ...rows[0], id: 'x' }])).rejects.toThrow(
    'A value does not fit the Avro schema at id',
  );
});

test('a job file writes and another one reads', async () => {
  const jobs = {
    write: `import { avroOutput, job } from 'calf';
      const schema = { type: 'record', name: 'Line', fields: [{ name: 'text', type: 'string' }, { name: 'length', type: 'int' }] };
      export default job({
        map(line, { emit }) { emit(line, { text: line, length: line.length }); },
        output: avroOutput({ schema, codec: 'zstandard' }),
      });`,
    read: `import { avroInput, job } from 'calf';
      export default job({
        input: avroInput({ columns: ['length'] }),
        map(row, { emit }) { emit(row.length, JSON.stringify(row)); },
      });`,
  };
  const input = path.join(directory, 'in.txt');
  fs.writeFileSync(input, 'ab\nabc\n');
  const middle = path.join(directory, 'middle');
  const out = path.join(directory, 'out');
  for (const [name, args] of [
    ['write', [input, middle]],
    ['read', [middle, out]],
  ] as const) {
    const file = path.join(directory, `${name}.mjs`);
    fs.writeFileSync(file, jobs[name]);
    const { err, io } = recordConsole();
    const conf = localConf(directory, 1).set('mapreduce.map.maxattempts', 1).set('mapreduce.reduce.maxattempts', 1);
    expect(await runJobFile({ file, conf, args, ...io }), err.join('\n')).toBe(0);
  }
  expect(fs.readdirSync(middle)).toContain('part-r-00000.avro');
  expect(readParts(out)['part-r-00000']).toEqual(['2\t{"length":2}', '3\t{"length":3}']);
});
