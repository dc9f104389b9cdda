// A job with several inputs and named outputs, by runJob(): in processes on local files, and on a MiniCluster.
import fs from 'node:fs';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { runJob } from '../../mapreduce/engines/run-job.ts';
import { prepareTaskChild } from '../mapreduce/helpers.ts';

let directory: string;
let remove: () => void;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
});
afterAll(() => remove());

const SHOP = `import { job, jobInput, csvInput, textOutput } from 'calf';
  export const shop = job<string, [string, string], string, string>({
    inputs: {
      items: jobInput({ input: csvInput({ header: true }), map: (row, { emit }) => emit(row.id, ['name', row.name]) }),
      sales: jobInput({
        map(line, { emit, emitTo }) {
          const [id = '', buyer = ''] = line.split(' ');
          if (buyer === '') emitTo('errors', line, null);
          else emit(id, ['buyer', buyer]);
        },
      }),
    },
    outputs: { errors: textOutput() },
    reducers: 2,
    reduce(id, parts, { emit, emitTo }) {
      const all = [...parts];
      const name = all.find(([kind]) => kind === 'name')?.[1] ?? 'unknown';
      for (const [kind, buyer] of all) if (kind === 'buyer') emitTo({ path: 'buyers/' + buyer }, name, null);
      emit(name, String(all.length - 1));
    },
  });`;

describe('a job file', () => {
  const inputs = {
    items: [{ content: 'id,name\n1,"a ""pen"""\n2,ink\n', name: 'items.csv' }],
    sales: [{ content: '1 ada\n2 ada\n1 bob\n' }, { content: 'broken\n' }],
  };

  async function check(cluster?: MiniCluster): Promise<void> {
    const file = path.join(directory, 'shop.ts');
    fs.writeFileSync(file, SHOP);
    await using run = await runJob(file, { inputs, exportName: 'shop', ...(cluster ? { cluster } : {}) });
    expect((await run.records()).sort()).toEqual([
      ['a "pen"', '2'],
      ['ink', '1'],
    ]);
    expect(await run.lines('errors')).toEqual(['broken']);
    const buyers = (await run.files()).filter((name) => name.startsWith('buyers/'));
    const texts = await Promise.all(buyers.map(async (name) => `${name.slice(7, 10)} ${await run.text(name)}`));
    expect(texts.sort()).toEqual(['ada a "pen"\n', 'ada ink\n', 'bob a "pen"\n']);
    expect(run.output.startsWith(cluster ? cluster.uri : 'file:')).toBe(true);
  }

  it('runs in processes of its own, on local files', async () => {
    await check();
  });

  it('runs on a MiniCluster, with several inputs and named outputs', async () => {
    await using cluster = await MiniCluster.start({ datanodes: 1 });
    await check(cluster);
    const fileSystem = cluster.fileSystem();
    const left: string[] = [];
    for await (const { path: entry } of fileSystem.listStatus('/tmp')) left.push(entry);
    await fileSystem.close();
    expect(left.filter((entry) => entry.includes('calf-run'))).toEqual([]);
  });
});
