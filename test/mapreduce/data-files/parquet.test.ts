// Parquet files: rows are read as written, with each codec, in splits at row groups, and by columns.
import { beforeAll, expect, test } from 'vitest';
import { classNameOf, codecNamed } from '../../../client/codecs/codecs.ts';
import { engineOf } from '../../../client/codecs/decompress.ts';
import type { FileOutput } from '../../../client/filesystem/file-system.ts';
import { parquetInput } from '../../../mapreduce/data-files/parquet-input.ts';
import { type ParquetOutputOptions, parquetOutput } from '../../../mapreduce/data-files/parquet-output.ts';
import type { ReadContext, WriteContext } from '../../../mapreduce/formats/format.ts';
import { HOST_CODECS } from '../../../mapreduce/formats/host-codecs.ts';
import { memoryInput } from '../memory-input.ts';

const load = async (name: string) => ({
  ...(await engineOf(codecNamed(name))),
  className: classNameOf(codecNamed(name)),
});
beforeAll(() => void Object.defineProperty(globalThis, HOST_CODECS, { value: load, configurable: true }));

const COLUMNS = [
  { name: 'id', type: 'INT64', nullable: false },
  { name: 'name', type: 'STRING' },
  { name: 'ratio', type: 'DOUBLE' },
  { name: 'raw', type: 'BYTE_ARRAY' },
  { name: 'at', type: 'TIMESTAMP' },
  { name: 'ok', type: 'BOOLEAN' },
] as const;

async function written(options: Partial<ParquetOutputOptions>, rows: readonly unknown[]): Promise<Buffer> {
  const parts: Uint8Array[] = [];
  const file = { write: async (bytes: Uint8Array) => void parts.push(bytes), close: async () => undefined };
  const context = { create: async () => file as unknown as FileOutput } as unknown as WriteContext;
  const writer = await parquetOutput({ columns: COLUMNS, ...options }).openWriter(context);
  for (const row of rows) await writer.write(null, row);
  await writer.close();
  return Buffer.concat(parts);
}

async function read(bytes: Buffer, start: number, length: number, columns?: readonly string[]) {
  const context = { open: async () => memoryInput(bytes, 1000) } as unknown as ReadContext;
  const split = { kind: 'file', fsUri: 'file://', path: '/f', start, length, hosts: [], names: [] } as const;
  const reader = await parquetInput(columns ? { columns } : {}).openReader(split, context);
  const rows: unknown[] = [];
  const keys: number[] = [];
  while (await reader.next()) {
    rows.push(reader.value);
    keys.push(reader.key);
  }
  await reader.close();
  return { rows, keys };
}

const rows = Array.from({ length: 1000 }, (_, id) => ({
  id: id === 7 ? 2n ** 60n : id,
  name: id % 3 === 0 ? null : `name ${id}`,
  ratio: id / 7,
  raw: Uint8Array.of(id % 256, 255),
  at: new Date(1_700_000_000_000 + id),
  ok: id % 2 === 0,
}));

test.each(['uncompressed', 'snappy', 'gzip', 'zstd'] as const)('codec %s: rows are read as written', async (codec) => {
  const bytes = await written({ codec, rowGroupRows: 300 }, rows);
  const all = await read(bytes, 0, bytes.length);
  expect(all.rows).toEqual(rows);
  expect(all.keys).toEqual(rows.map((_, i) => i));
});

test('splits of any size have each row once, at row groups', async () => {
  const bytes = await written({ rowGroupRows: 100 }, rows);
  for (const size of [200, 3000, 10_000]) {
    const all: number[] = [];
    let begun = 0;
    for (let start = 0; start < bytes.length; start += size) {
      const { keys } = await read(bytes, start, Math.min(size, bytes.length - start), ['id']);
      if (keys.length > 0) begun++;
      all.push(...keys);
    }
    expect(all, `size ${size}`).toEqual(rows.map((_, i) => i));
    expect(begun).toBeGreaterThan(1);
  }
});

test('columns are chosen', async () => {
  const bytes = await written({}, rows.slice(0, 2));
  expect((await read(bytes, 0, bytes.length, ['name'])).rows).toEqual([{ name: null }, { name: 'name 1' }]);
});

test('a file without rows has a schema', async () => {
  const bytes = await written({}, []);
  expect((await read(bytes, 0, bytes.length)).rows).toEqual([]);
});

test.each([
  [{ name: 'a' }, "The column 'id' is not nullable"],
  [{ id: 1.5 }, "The column 'id' is INT64, and a row has number 1.5 there"],
  [{ id: 1, other: 2 }, "parquetOutput() has no column 'other'"],
  ['text', "A row of a Parquet file is an object with the columns' names, and not text"],
])('a row that does not fit is refused: %j', async (row, message) => {
  await expect(written({}, [row])).rejects.toThrow(message);
});

test('a file that is no Parquet file is named', async () => {
  await expect(read(Buffer.alloc(100), 0, 100)).rejects.toThrow(/^file:\/\/\/f: /);
});
