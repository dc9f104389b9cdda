// After a start or a stop in which any one step fails, nothing that the DataNode had opened is left.
import fs from 'node:fs/promises';
import net from 'node:net';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Closers } from '../../runtime/closers.ts';
import { lockDirectory } from '../../runtime/files/in-use-lock.ts';
import { until } from '../support/until.ts';
import { useTestBench } from './support/bench.ts';
import { someBytes } from './support/blocks.ts';
import { infoOf } from './support/datanodes.ts';
import { writeWhole } from './support/writer.ts';

const bench = useTestBench();
const VOLUMES = ['a', 'b'];
const add = Closers.prototype.add;

afterEach(() => vi.restoreAllMocks());

/** Returns the kinds of all that keeps this process alive: servers, sockets, timers, requests such as file reads. */
const resources = (): string => process.getActiveResourcesInfo().sort().join(' ');

/** Waits until the set-up of the test has no timers and file requests left. Returns the kinds of open resources. */
async function resourcesAtRest(): Promise<string> {
  await until(() => !/Timeout|FSReq|CloseReq|Immediate/.test(resources()));
  return resources();
}

/** Waits until only `before` is open: a closed socket stays listed for a turn. Checks that no lock is left. */
async function expectNothingLeft(before: string): Promise<void> {
  await until(() => resources() === before);
  for (const volume of VOLUMES) {
    await expect(fs.access(bench.path(volume, 'in_use.lock'))).rejects.toThrow('ENOENT');
  }
}

/** Calls `onAdd` in place of each `Closers.add`. Returns an object that counts the steps. */
function countSteps(onAdd: (step: number, add: (close: () => unknown) => void, close: () => unknown) => void) {
  const count = { steps: 0 };
  vi.spyOn(Closers.prototype, 'add').mockImplementation(function (this: Closers, close) {
    onAdd(++count.steps, (step) => add.call(this, step), close);
  });
  return count;
}

const STEPS = 9;

describe('a start', () => {
  test.each(Array.from({ length: STEPS }, (_, i) => i + 1))('that fails behind step %i of 9', async (failing) => {
    const before = await resourcesAtRest();
    const count = countSteps((step, add, close) => {
      add(close);
      if (step === failing) throw new Error(`planted behind step ${step}`);
    });
    await expect(bench.start(VOLUMES)).rejects.toThrow(`planted behind step ${failing}`);
    expect(count.steps).toBe(failing);
    await expectNothingLeft(before);
    vi.restoreAllMocks();
    await (await bench.start(VOLUMES)).stop();
    await expectNothingLeft(before);
  });

  test(`has ${STEPS} steps`, async () => {
    const count = countSteps((_step, add, close) => add(close));
    await bench.start(VOLUMES);
    expect(count.steps).toBe(STEPS);
  });

  test.each(['dfs.datanode.address', 'dfs.datanode.ipc.address', 'dfs.datanode.http.address'])(
    'whose %s is taken',
    async (key) => {
      const server = net.createServer().listen(0, '127.0.0.1');
      bench.atEnd(() => new Promise((resolve) => server.close(() => resolve())));
      await until(() => server.listening);
      const { port } = server.address() as net.AddressInfo;
      const before = await resourcesAtRest();
      await expect(bench.start(VOLUMES, { [key]: `127.0.0.1:${port}` })).rejects.toMatchObject({
        javaClass: 'java.net.BindException',
        message: expect.stringMatching(new RegExp(`^Problem binding to .* Set ${key} to another address$`)),
      });
      await expectNothingLeft(before);
    },
  );

  test('whose second volume is held by another daemon', async () => {
    await fs.mkdir(bench.path('b'));
    const release = await lockDirectory(bench.path('b'), (message) => expect.fail(message));
    const before = await resourcesAtRest();
    await expect(bench.start(VOLUMES)).rejects.toThrow('The directory is already locked');
    await release();
    await expectNothingLeft(before);
  });

  test('that the NameNode refuses', async () => {
    await (await bench.start(VOLUMES)).stop();
    bench.namenode.clusterId = 'CID-2';
    const before = await resourcesAtRest();
    await expect(bench.start(VOLUMES)).rejects.toThrow('Incompatible clusterIDs');
    await expectNothingLeft(before);
  });
});

describe('a stop', () => {
  test.each(Array.from({ length: STEPS + 1 }, (_, i) => i + 1))('in which step %i of 10 fails', async (failing) => {
    const before = await resourcesAtRest();
    const count = countSteps((step, add, close) =>
      add(async () => {
        await close();
        if (step === failing) throw new Error(`planted in step ${step}`);
      }),
    );
    const datanode = await bench.start(VOLUMES);
    await writeWhole(infoOf(datanode), someBytes(1000));
    await expect(datanode.stop()).rejects.toThrow(`planted in step ${failing}`);
    expect(count.steps).toBe(STEPS + 1);
    expect(await datanode.stopped).toBeUndefined();
    bench.forget(datanode);
    await expectNothingLeft(before);
    for (const { port } of [datanode.xferAddress, datanode.ipcAddress, datanode.httpAddress]) {
      const server = net.createServer().listen(port, '127.0.0.1');
      await until(() => server.listening);
      await new Promise<void>((resolve) => server.close(() => resolve()));
    }
  });
});
