// Tests that no socket, timer, lock, file or child is left after any one step of the NameNode's start or stop fails.
import fs from 'node:fs/promises';
import { createServer } from 'node:net';
import path from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { Level } from 'level';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { NameNode } from '../../namenode/namenode.ts';
import { NamesystemDriver } from '../../namenode/namesystem/driver.ts';
import { ResourceChecker } from '../../namenode/namesystem/resource-checker.ts';
import { EditJournal } from '../../namenode/store/journal/edit-journal.ts';
import { NamespaceStore } from '../../namenode/store/store.ts';
import { Ticker } from '../../namenode/ticker.ts';
import { NameNodeWeb } from '../../namenode/web/web.ts';
import { RpcServer } from '../../protocol/rpc/server.ts';
import { Groups } from '../../runtime/groups.ts';
import { silentLogger } from '../../runtime/log.ts';
import { nameNodeBench } from './namenode-bench.ts';

type Run = (...args: unknown[]) => unknown;

/** Counts the steps that run, and makes chosen steps fail. */
const steps = vi.hoisted(() => {
  const made: string[] = [];
  /** A closing step runs before it fails, because nothing else could close its resource. */
  const isClosing = (name: string): boolean => /\b(close|stop)$/.test(name);
  let mustFail = (_number: number, _isClosing: boolean): boolean => false;
  const step = (name: string, run: Run): Run =>
    function (this: unknown, ...args: unknown[]) {
      made.push(name);
      const fails = mustFail(made.length, isClosing(name));
      const error = new Error(`step ${made.length} failed: ${name}`);
      if (!fails) return run.apply(this, args);
      if (!isClosing(name)) throw error;
      return Promise.allSettled([run.apply(this, args)]).then(() => {
        throw error;
      });
    };
  return {
    made,
    begin(failing: typeof mustFail) {
      made.length = 0;
      mustFail = failing;
    },
    /** Makes functions of a module into steps. */
    inModule<T extends object>(module: T, ...names: (keyof T & string)[]): T {
      return { ...module, ...Object.fromEntries(names.map((name) => [name, step(name, module[name] as Run)])) };
    },
    /** Makes methods or static functions of a class into steps. */
    inClass<T extends object>(owner: T, label: string, ...names: (keyof T & string)[]): void {
      for (const name of names) {
        const original = owner[name] as Run;
        vi.spyOn(owner as Record<string, Run>, name).mockImplementation(step(`${label}.${name}`, original));
      }
    },
  };
});

vi.mock('../../runtime/files/in-use-lock.ts', async (original: () => Promise<object>) =>
  steps.inModule(await original(), 'lockDirectory' as never),
);
vi.mock('../../namenode/store/name-directory.ts', async (original: () => Promise<object>) =>
  steps.inModule(await original(), 'readNameDirectory' as never, 'replaceCurrent' as never),
);
vi.mock('../../namenode/store/name-directories.ts', async (original: () => Promise<object>) =>
  steps.inModule(await original(), 'openNameDirectories' as never),
);
vi.mock('../../namenode/datanodes/host-lists.ts', async (original: () => Promise<object>) =>
  steps.inModule(await original(), 'hostListsAtStart' as never),
);
vi.mock('../../namenode/rpc/rpc-server.ts', async (original: () => Promise<object>) =>
  steps.inModule(await original(), 'nameNodeRpcServer' as never),
);

const bench = nameNodeBench();
beforeEach(() => {
  steps.begin(() => false);
  steps.inClass(EditJournal, 'EditJournal', 'open');
  steps.inClass(EditJournal.prototype, 'journal', 'close');
  steps.inClass(Level.prototype, 'level', 'close');
  steps.inClass(NamespaceStore.prototype, 'store', 'takeRestoredCalls', 'close');
  steps.inClass(NamesystemDriver.prototype, 'driver', 'resume', 'stop');
  steps.inClass(ResourceChecker.prototype, 'resources', 'check', 'start', 'stop');
  steps.inClass(Groups.prototype, 'groups', 'close');
  steps.inClass(RpcServer.prototype, 'rpc', 'listen', 'close');
  steps.inClass(NameNodeWeb.prototype, 'web', 'listen', 'close');
  steps.inClass(Ticker.prototype, 'ticker', 'start', 'stop');
});
afterEach(() => {
  vi.restoreAllMocks();
});

/** Starts and stops a NameNode. Returns the error of each, if there is one. */
async function startAndStop(ports: Readonly<Record<string, string>>): Promise<{ start?: unknown; stop?: unknown }> {
  let namenode: NameNode;
  try {
    namenode = await NameNode.start({ conf: bench.conf(ports), log: silentLogger, user: 'hdfs' });
  } catch (start) {
    return { start };
  }
  try {
    await namenode.stop();
    return {};
  } catch (stop) {
    return { stop };
  }
}

const HANDLES = new Set(['TCPSocketWrap', 'TCPServerWrap', 'PipeWrap', 'ProcessWrap', 'Timeout']);
const handles = (): string[] => process.getActiveResourcesInfo().filter((name) => HANDLES.has(name));

/** Returns the open handles that are not in `before`. */
function newHandles(before: readonly string[]): string[] {
  const rest = [...before];
  return handles().filter((name) => {
    const at = rest.indexOf(name);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
}

/** Waits until no new handle is left. Handles of the test runner come and go, but a leaked handle stays. */
async function noNewHandles(before: readonly string[]): Promise<void> {
  for (const end = performance.now() + 50_000; newHandles(before).length > 0 && performance.now() < end; ) {
    await setImmediate();
  }
  expect(newHandles(before)).toEqual([]);
}

/** Returns the files in a directory that this process has open, or undefined if the system does not show them. */
async function openFilesIn(dir: string): Promise<string[] | undefined> {
  if (process.platform !== 'linux') return undefined;
  const links = (await fs.readdir('/proc/self/fd')).map((fd) => fs.readlink(`/proc/self/fd/${fd}`).catch(() => ''));
  return (await Promise.all(links)).filter((target) => target.startsWith(dir));
}

/** An open port is one of the handles. */
async function checkNothingLeft(before: readonly string[]): Promise<void> {
  await noNewHandles(before);
  expect((await fs.readdir(path.join(bench.dir, 'name')).catch(() => [])).filter((n) => n === 'in_use.lock')).toEqual(
    [],
  );
  expect(await openFilesIn(bench.dir)).toEqual(process.platform === 'linux' ? [] : undefined);
}

const FIRST_START = [
  ...['readNameDirectory', 'readNameDirectory', 'replaceCurrent', 'level.close', 'EditJournal.open', 'store.close'],
  ...['journal.close', 'level.close', 'readNameDirectory'],
];
const START = [
  ...['openNameDirectories', 'EditJournal.open', 'lockDirectory', 'store.takeRestoredCalls', 'nameNodeRpcServer'],
  ...['hostListsAtStart', 'resources.check', 'driver.resume', 'rpc.listen', 'web.listen', 'ticker.start'],
  'resources.start',
];
const STOP = [
  ...['ticker.stop', 'web.close', 'resources.stop', 'rpc.close', 'groups.close', 'driver.stop'],
  ...['store.close', 'journal.close', 'level.close'],
];

/** The steps of a first start, and those of a later start, which reads the name directory first, and of its stop. */
const CASES = [
  ...FIRST_START.map((name, i) => ({ name, number: i + 1, isFirst: true, inStart: true })),
  ...[...START, ...STOP].map((name, i) => ({ name, number: i + 2, isFirst: false, inStart: i < START.length })),
];

describe('the NameNode', () => {
  test('starts from the disk up to the ports, and stops the other way round', async () => {
    expect(await startAndStop({})).toEqual({});
    expect(steps.made).toEqual([...FIRST_START, ...START, ...STOP]);
    steps.begin(() => false);
    expect(await startAndStop({})).toEqual({});
    expect(steps.made).toEqual(['readNameDirectory', ...START, ...STOP]);
  });

  test.each([
    ['alone', () => false],
    ['and so does every closing behind it', (isClosing: boolean) => isClosing],
  ])('leaves nothing when a step fails %s, and can be started again', async (_case, closingFails) => {
    const before = handles();
    for (const { name, number: failing, isFirst, inStart } of CASES) {
      // Only the steps of a first start need an empty directory.
      if (isFirst) await fs.rm(path.join(bench.dir, 'name'), { recursive: true, force: true });
      steps.begin((number, isClosing) => number === failing || (number > failing && closingFails(isClosing)));
      const failed = await startAndStop({});
      const message = `step ${failing} failed: ${name}`;
      expect(messagesOf(inStart ? failed.start : failed.stop).join('\n')).toContain(message);
      await checkNothingLeft(before);
      steps.begin(() => false);
      expect(await startAndStop({}), `after: ${message}`).toEqual({});
      await checkNothingLeft(before);
    }
  });

  // The ports of the RPC server and of the web server, which is opened later. As in java.net.BindException.
  test.each(['dfs.namenode.rpc-address', 'dfs.namenode.http-address'] as const)(
    'leaves nothing when the port of %s is taken',
    async (key) => {
      const taken = createServer();
      await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
      const address = taken.address();
      const port = typeof address === 'object' && address ? address.port : 0;
      const before = handles();
      const failed = await startAndStop({ [key]: `127.0.0.1:${port}` });
      expect(failed.start).toMatchObject({
        code: 'BindException',
        message: expect.stringMatching(new RegExp(`^Problem binding to .* Set ${key} to another address$`)),
      });
      await checkNothingLeft(before);
      await new Promise((resolve) => taken.close(resolve));
    },
  );
});

/** Returns the messages of an error and of all errors that it suppressed. */
function messagesOf(error: unknown): string[] {
  if (!(error instanceof Error)) return [String(error)];
  const { error: later, suppressed } = error as Error & { error?: unknown; suppressed?: unknown };
  return [
    error.message,
    ...(later === undefined ? [] : messagesOf(later)),
    ...(suppressed === undefined ? [] : messagesOf(suppressed)),
  ];
}
