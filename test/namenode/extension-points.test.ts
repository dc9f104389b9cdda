// Tests of the places in the code where snapshots, inotify, further features of inodes and striped blocks will begin.
import fs from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { describe, expect, it } from 'vitest';
import { addReplica, removeReplica } from '../../namenode/blocks/locations/block-map.ts';
import type { BlockInfo, BlockLayout } from '../../namenode/blocks/locations/model.ts';
import { wantedReplicas } from '../../namenode/blocks/redundancy/redundancy.ts';
import { setFeature } from '../../namenode/namespace/features.ts';
import { resolvePath } from '../../namenode/namespace/resolve-path.ts';
import { CURRENT_STATE_ID } from '../../namenode/namespace/snapshot-id.ts';
import { NamesystemDriver } from '../../namenode/namesystem/driver.ts';
import { EVENTS_MAX, eventChanges } from '../../namenode/store/events.ts';
import { silentLogger } from '../../runtime/log.ts';
import { systemClock } from '../../runtime/runtime.ts';
import { Harness, ROOT, unexpectedBug } from './harness.ts';
import { journalWith, openNew } from './store/new-store.ts';

const eventsOf = (h: Harness) =>
  [...h.store].filter(([key]) => key.startsWith('event/')).map(([, value]) => JSON.parse(value) as unknown);

describe('features of inodes', () => {
  it('an open file has its writer as a feature, and a closed one has no features', () => {
    const h = new Harness();
    h.create('/f', { clientName: 'c1' });
    const file = h.state.namespace.tree.resolve('/f').inodes[1];
    expect(file?.features).toEqual({ underConstruction: { clientName: 'c1', clientMachine: '10.0.0.1' } });
    h.complete('/f', undefined, 'c1');
    expect(file?.features).toBeUndefined();
  });

  it('a feature that is set keeps the others', () => {
    const others = { quota: 1 } as object;
    const inode = { features: others };
    setFeature(inode, 'underConstruction', { clientName: 'c', clientMachine: 'm' });
    expect(inode.features).toEqual({ quota: 1, underConstruction: { clientName: 'c', clientMachine: 'm' } });
    setFeature(inode, 'underConstruction', undefined);
    expect(inode.features).toEqual({ quota: 1 });
  });
});

// As in FSDirectory.resolvePath and INodesInPath.getPathSnapshotId.
describe('snapshot ids', () => {
  it('every path is looked up in the current state unless a snapshot is named', () => {
    const { namespace } = new Harness().state;
    expect(resolvePath(namespace, ROOT, '/', 'READ').snapshotId).toBe(CURRENT_STATE_ID);
    expect(resolvePath(namespace, ROOT, '/', 'READ', 7).snapshotId).toBe(7);
  });

  it.each(['WRITE', 'CREATE'] as const)('a snapshot is not changed (%s)', (purpose) => {
    const { namespace } = new Harness().state;
    expect(() => resolvePath(namespace, ROOT, '/x', purpose, 7)).toThrow(
      expect.objectContaining({
        javaClass: 'org.apache.hadoop.hdfs.protocol.SnapshotAccessControlException',
        message: 'Modification on a read-only snapshot is disallowed',
      }),
    );
  });
});

describe('events', () => {
  it('go to disk in the batch of the changes that they tell of', () => {
    const h = new Harness({ keepsEvents: true });
    h.mkdirs('/d');
    const batches: string[][] = [];
    h.onChanges = (changes) => batches.push(changes.map(({ key }) => key.split('/')[0] ?? ''));
    h.create('/d/f');
    h.apply({ op: 'rename2', caller: ROOT, source: '/d/f', destination: '/g', overwrite: false });
    h.apply({ op: 'delete', caller: ROOT, path: '/g', recursive: false });
    expect(h.apply({ op: 'delete', caller: ROOT, path: '/nope', recursive: false })).toBe(false);
    expect(eventsOf(h)).toEqual([
      { type: 'CREATE', path: '/d', isDirectory: true },
      { type: 'CREATE', path: '/d/f', isDirectory: false },
      { type: 'RENAME', path: '/d/f', destination: '/g' },
      { type: 'UNLINK', path: '/g' },
    ]);
    expect(batches.slice(0, 3).map((keys) => [keys.includes('inode'), keys.includes('event')])).toEqual([
      [true, true],
      [true, true],
      [true, true],
    ]);
  });

  it('are in one record of the journal with those changes, so that no crash comes between', async () => {
    const dir = await fs.mkdtemp(path.join(os.tmpdir(), 'calf-events-'));
    const records: string[][] = [];
    const openJournal = journalWith((journal) => ({
      append: (number, changes, ...rest) => {
        const all = [...changes];
        records.push(all.map(({ key }) => key.split('/')[0] ?? '').sort());
        return journal.append(number, all, ...rest);
      },
    }));
    const store = await openNew(dir, { openJournal });
    records.length = 0;
    try {
      const { namesystem } = new Harness({ keepsEvents: true });
      const driver = new NamesystemDriver({
        namesystem,
        store,
        clock: systemClock,
        log: silentLogger,
        onBug: unexpectedBug,
      });
      await driver.apply({ op: 'mkdirs', caller: ROOT, path: '/d', permission: 0o755, createParent: true });
      // The new directory, its parent and the counter of inode ids.
      expect(records).toEqual([['counters', 'event', 'inode', 'inode']]);
      driver.stop();
    } finally {
      await store.close();
      await fs.rm(dir, { recursive: true });
    }
  });

  it('have numbers that go on after a restart', () => {
    const h = new Harness({ keepsEvents: true });
    h.mkdirs('/a');
    h.restart();
    h.mkdirs('/b');
    expect(eventsOf(h)).toHaveLength(2);
    expect(h.state.lastEvent).toBe(2);
  });

  it('are not even made when nobody watches', () => {
    const h = new Harness();
    h.mkdirs('/a');
    expect(eventsOf(h)).toEqual([]);
    expect(h.state.lastEvent).toBe(0);
  });

  it('are deleted when there are too many', () => {
    const changes = eventChanges([{ type: 'UNLINK', path: '/x' }], EVENTS_MAX + 4);
    expect(changes.map(({ type, key }) => `${type} ${Number.parseInt(key.slice(6), 36)}`)).toEqual([
      `put ${EVENTS_MAX + 5}`,
      'del 5',
    ]);
  });
});

describe('block layouts', () => {
  it('a block asks its layout for the storages it wants and where a replica goes', () => {
    const h = new Harness();
    h.addDatanode('d1');
    const { b } = h.writeFile('/f', 10);
    const block = h.state.blockManager.blocks.get(b.blockId);
    const storage = block?.replicas[0];
    if (block === undefined || storage === undefined) throw new Error('no replica');
    const calls: string[] = [];
    const layout: BlockLayout = {
      storagesWanted: (replication) => replication + 8,
      storagesMin: (replicationMin) => replicationMin + 5,
      add: () => void calls.push('add'),
      remove: () => void calls.push('remove'),
    };
    const striped: BlockInfo = { ...block, layout, replicas: [] };
    expect([wantedReplicas(block), wantedReplicas(striped)]).toEqual([1, 9]);
    expect([addReplica(striped, storage), removeReplica(striped, storage)]).toEqual([true, true]);
    expect(calls).toEqual(['add', 'remove']);
  });
});
