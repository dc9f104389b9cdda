/** One set-up for the DataNode tests: a NameNode, a directory, and DataNodes that end with the test. */
import path from 'node:path';
import { afterEach, beforeEach } from 'vitest';
import type { DataNode } from '../../../datanode/datanode.ts';
import { type Clock, systemClock } from '../../../runtime/runtime.ts';
import { POOL } from './blocks.ts';
import { startDataNode } from './datanodes.ts';
import { FakeNameNode } from './fake-namenode.ts';
import { temporaryDirectory } from './files.ts';

/** A NameNode that agrees to everything, a directory, and DataNodes in the directory: all new for each test. */
export interface TestBench {
  readonly namenode: FakeNameNode;
  /** Returns a path below the test's directory. */
  path(...names: string[]): string;
  /** Returns a path below the block pool's directory of a volume. */
  pool(volume: string, ...names: string[]): string;
  /** Starts a DataNode whose volumes are the directories with these names, below the test's directory. */
  start(volumes?: string | readonly string[], more?: Record<string, string>, clock?: Clock): Promise<DataNode>;
  /** Does not stop this DataNode at the end of the test: the test stops it. */
  forget(datanode: DataNode): void;
  /** Registers a function to run when the test ends, before the DataNodes' directories are removed. */
  atEnd(stop: () => Promise<void>): void;
}

export function useTestBench(): TestBench {
  let bench: { namenode: FakeNameNode; directory: Awaited<ReturnType<typeof temporaryDirectory>> } | undefined;
  const stops: (() => Promise<void>)[] = [];
  const datanodes = new Set<DataNode>();
  const current = () => {
    if (!bench) throw new Error('no test is running');
    return bench;
  };
  beforeEach(async () => {
    bench = { namenode: await new FakeNameNode().start(), directory: await temporaryDirectory() };
  });
  afterEach(async () => {
    await Promise.all([...datanodes].map((datanode) => datanode.stop()));
    datanodes.clear();
    await Promise.all(stops.splice(0).map((stop) => stop()));
    await current().namenode.stop();
    await current().directory.remove();
  });
  const below = (...names: string[]): string => path.join(current().directory.path, ...names);
  return {
    get namenode() {
      return current().namenode;
    },
    path: below,
    pool: (volume, ...names) => below(volume, 'current', POOL, ...names),
    start: async (volumes = 'a', more = {}, clock = systemClock) => {
      const directories = [volumes].flat().map((name) => below(name));
      const datanode = await startDataNode(current().namenode, directories, more, clock);
      datanodes.add(datanode);
      return datanode;
    },
    forget: (datanode) => void datanodes.delete(datanode),
    atEnd: (stop) => void stops.push(stop),
  };
}
