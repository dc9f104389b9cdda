// Tests of writing a file: create, addBlock, complete, pipelines and block locations.
import { describe, expect, it } from 'vitest';
import { getBlockLocations, getFileInfo } from '../../../namenode/namespace/stat-and-listing.ts';
import { HadoopError } from '../../../runtime/errors.ts';
import { BOB, Harness, MIB, POOL, ROOT } from '../harness.ts';

function failure(run: () => unknown): string {
  try {
    run();
  } catch (e) {
    const error = HadoopError.from(e);
    return `${error.code}: ${error.message}`;
  }
  return 'no failure';
}

function cluster(...names: string[]): Harness {
  const h = new Harness();
  for (const name of names) h.addDatanode(name, { ip: `10.1.0.${name.slice(1)}` });
  return h;
}

const locations = (h: Harness, path: string, offset = 0, length = 1e12) =>
  h.read(getBlockLocations, { caller: ROOT, path, offset, length }).locations;

describe('create', () => {
  it.each([
    [{ path: '/f' }, 'FileAlreadyExistsException: /f for client 10.0.0.1 already exists'],
    [{ path: '/d' }, 'FileAlreadyExistsException: /d already exists as a directory'],
    [{ path: '/d', flags: 3 }, 'FileAlreadyExistsException: /d already exists as a directory'],
    [{ path: '/new', flags: 2 }, "FileNotFoundException: Can't overwrite non-existent /new"],
    [{ path: '/f/x' }, 'ParentNotDirectoryException: /f (is not a directory)'],
    [{ path: '/no/x', createParent: false }, "FileNotFoundException: Parent directory doesn't exist: /no"],
    [{ path: '/a:b' }, 'InvalidPathException: Invalid path name /a:b'],
    [{ path: '/.reserved/x' }, 'InvalidPathException: Invalid path name /.reserved/x'],
    [
      { path: '/x', blockSizeBytes: 1000 },
      'IOException: Specified block size 1000 is less than configured minimum value ' +
        'dfs.namenode.fs-limits.min-block-size=1048576',
    ],
    [
      { path: '/x', replication: 600 },
      'IOException: Requested replication factor of 600 exceeds maximum of 512 for /x, clientName=10.0.0.1',
    ],
    [
      { path: '/x', replication: 0 },
      'IOException: Requested replication factor of 0 is less than the required minimum of 1 for /x, ' +
        'clientName=10.0.0.1',
    ],
    [
      { path: `/${'x'.repeat(256)}` },
      `PathComponentTooLongException: The maximum path component name limit of ${'x'.repeat(256)} in directory / ` +
        'is exceeded: limit=255 length=256',
    ],
    [
      { path: `/${'a/'.repeat(1001)}b` },
      'IOException: create: Pathname too long.  Limit 8000 characters, 1000 levels.',
    ],
  ])('refuses %o', (wrong, message) => {
    const h = new Harness();
    h.mkdirs('/d');
    h.writeFileWithoutBlocks('/f');
    const request = {
      op: 'create',
      caller: ROOT,
      permission: 0o644,
      clientName: 'other',
      flags: 1,
      createParent: true,
      replication: 1,
      blockSizeBytes: MIB,
      ...wrong,
    } as const;
    expect(failure(() => h.apply(request))).toBe(message);
  });

  it('makes the parents, with the permissions of the directory that contains them', () => {
    const h = new Harness();
    h.create('/a/b/f');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/a/b' })?.permission.perm).toBe(0o755);
  });

  it('keeps a directory from growing beyond dfs.namenode.fs-limits.max-directory-items', () => {
    const h = new Harness({ config: { directoryItemsMax: 2 } });
    h.create('/a');
    h.create('/b');
    expect(failure(() => h.create('/c'))).toBe(
      'MaxDirectoryItemsExceededException: The directory item limit of / is exceeded: limit=2 items=3',
    );
  });

  it('with OVERWRITE replaces the file under a new inode; the writer of the old one has lost its lease', () => {
    const h = cluster('d1');
    const first = h.create('/f', { clientName: 'c1' });
    const second = h.create('/f', { clientName: 'c2', flags: 3 });
    expect(second.fileId).toBeGreaterThan(first.fileId ?? 0);
    expect(failure(() => h.addBlock('/f', undefined, 'c1'))).toBe(
      'LeaseExpiredException: Client (=c1) is not the lease owner (=c2: /f (inode 0) ' +
        'Holder c1 does not have any open files.',
    );
    expect(failure(() => h.create('/f', { caller: BOB, flags: 3 }))).toContain('AccessControlException');
  });
});

describe('addBlock', () => {
  it('starts with block 1073741825 of generation 1001, on as many DataNodes as the replication asks', () => {
    const h = cluster('d1', 'd2', 'd3');
    h.create('/f', { replication: 2 });
    const { b, offset, locs } = h.addBlock('/f');
    expect(b).toMatchObject({ poolId: POOL, blockId: 1073741825, generationStamp: 1001, numBytes: 0 });
    expect([offset, locs.length]).toEqual([0, 2]);
  });

  it('answers a repeated call with the same block', () => {
    const h = cluster('d1');
    h.create('/f');
    const first = h.addBlock('/f');
    expect(h.addBlock('/f').b).toEqual(first.b);
    const second = h.addBlock('/f', h.blockOf(first, MIB));
    expect(h.addBlock('/f', h.blockOf(first, MIB)).b).toEqual(second.b);
    expect(second.offset).toBe(MIB);
  });

  it('waits until the block before the last has its replicas', () => {
    const h = cluster('d1');
    h.create('/f');
    const first = h.addBlock('/f');
    const second = h.addBlock('/f', h.blockOf(first, MIB));
    const third = () => h.addBlock('/f', h.blockOf(second, MIB));
    expect(failure(third)).toBe('NotReplicatedYetException: Not replicated yet: /f');
    h.report('d1', first.b, MIB);
    expect(third().offset).toBe(2 * MIB);
  });

  it('names the file and the number of DataNodes when too few can store the block', () => {
    const none = cluster();
    none.create('/f');
    expect(failure(() => none.addBlock('/f'))).toBe(
      'IOException: File /f could only be written to 0 of the 1 minReplication nodes. There are 0 datanode(s) ' +
        'running and 0 node(s) are excluded in this operation.',
    );
    const full = new Harness();
    full.addDatanode('d1', { remaining: MIB - 1 });
    full.create('/f');
    expect(failure(() => full.addBlock('/f'))).toContain('There are 1 datanode(s) running and 1 node(s) are excluded');
  });

  it('refuses other clients, wrong previous blocks and blocks of other clusters', () => {
    const h = cluster('d1');
    h.create('/f');
    const first = h.addBlock('/f');
    expect(failure(() => h.addBlock('/nope'))).toBe(
      'FileNotFoundException: File does not exist: /nope (inode 0) [Lease.  Holder: client, pending creates: 1]',
    );
    expect(failure(() => h.addBlock('/f', { ...h.blockOf(first, 1), blockId: 7 }))).toBe(
      `IOException: Cannot allocate block in /f: passed 'previous' block ${POOL}:blk_7_1001 does not match actual ` +
        'last block in file blk_1073741825_1001',
    );
    expect(failure(() => h.addBlock('/f', { ...h.blockOf(first, 1), poolId: 'BP-x' }))).toBe(
      `IOException: Unexpected BlockPoolId BP-x - expected ${POOL}`,
    );
  });
});

describe('complete', () => {
  it('is false until a replica is reported, then true, also when it is repeated', () => {
    const h = cluster('d1');
    h.create('/f');
    const located = h.addBlock('/f');
    const last = h.blockOf(located, 10);
    expect(h.complete('/f', last)).toBe(false);
    h.report('d1', located.b, 0, 1);
    expect(h.complete('/f', last)).toBe(false);
    h.report('d1', located.b, 10);
    expect([h.complete('/f', last), h.complete('/f', last)]).toEqual([true, true]);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f' })).toMatchObject({ length: 10 });
  });

  it('does not count a replica whose length differs from the one that the client reported', () => {
    const h = cluster('d1');
    h.create('/f');
    const located = h.addBlock('/f');
    h.report('d1', located.b, 9);
    expect(h.complete('/f', h.blockOf(located, 10))).toBe(false);
  });

  it('gives an empty file no block', () => {
    const h = cluster();
    h.create('/f');
    expect(h.complete('/f')).toBe(true);
    expect(locations(h, '/f')).toEqual({
      fileLength: 0,
      blocks: [],
      underConstruction: false,
      isLastBlockComplete: false,
    });
  });

  it('keeps an abandoned block with acknowledged data', () => {
    const h = cluster('d1');
    const located = h.writeFile('/f', 100);
    h.apply({ op: 'append', caller: ROOT, path: '/f', clientName: 'client', newBlock: false });
    const open = { caller: ROOT, path: '/f', fileId: 0, clientName: 'client' };
    expect(failure(() => h.apply({ op: 'abandonBlock', ...open, block: h.blockOf(located, 100) }))).toBe(
      'IOException: Cannot abandon block blk_1073741825_1001: it is not an empty new one',
    );
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f' })?.length).toBe(100);
  });

  it('removes an abandoned block from the file', () => {
    const h = cluster('d1');
    h.create('/f');
    const located = h.addBlock('/f');
    const open = { caller: ROOT, path: '/f', fileId: 0, clientName: 'client' };
    h.apply({ op: 'abandonBlock', ...open, block: h.blockOf(located, 0) });
    expect(h.addBlock('/f').b.blockId).toBe(located.b.blockId + 1);
    h.restart();
    expect(h.state.blockManager.blocks.size).toBe(1);
  });
});

describe('a failed pipeline', () => {
  it('continues under a new generation; old replicas do not count and are deleted', () => {
    const h = cluster('d1', 'd2', 'd3');
    h.create('/f', { replication: 2 });
    const located = h.addBlock('/f');
    const [kept, failed] = located.locs.map((l) => l.id);
    const spare = ['d1', 'd2', 'd3'].find((n) => n !== kept?.hostName && n !== failed?.hostName) ?? '';
    const block = h.blockOf(located, 100);

    const added = h.apply({
      op: 'getAdditionalDatanode',
      caller: ROOT,
      path: '/f',
      fileId: 0,
      clientName: 'client',
      block,
      existing: [{ datanodeUuid: kept?.datanodeUuid ?? '', storageUuid: undefined }],
      excludedUuids: [failed?.datanodeUuid ?? ''],
      count: 1,
    });
    expect(added.locs.map((l) => l.id.hostName)).toEqual([kept?.hostName, spare]);

    const renewed = h.apply({ op: 'updateBlockForPipeline', block, clientName: 'client' });
    expect(renewed.b.generationStamp).toBe(1002);
    const newBlock = h.blockOf(renewed, 100);
    const update = {
      op: 'updatePipeline',
      clientName: 'client',
      oldBlock: block,
      newBlock,
      datanodeUuids: [kept?.datanodeUuid ?? '', `uuid-${spare}`],
      storageUuids: [`DS-${kept?.hostName}`, `DS-${spare}`],
    } as const;
    h.apply(update);
    // As in BlockManager.updatePipeline. A client that repeats the call under the same call id is answered by the retry
    // cache.
    expect(failure(() => h.apply(update))).toContain('does not have a larger generation stamp');
    expect(
      locations(h, '/f')
        .lastBlock?.locs.map((l) => l.id.hostName)
        .sort(),
    ).toEqual([kept?.hostName, spare].sort());
    h.report(kept?.hostName ?? '', newBlock, 120);
    expect(h.complete('/f', { ...newBlock, numBytes: 120 })).toBe(true);
    h.report(failed?.hostName ?? '', block, 100);
    const stale = h.state.blockManager.datanodes.get(failed?.datanodeUuid ?? '');
    expect([...(stale?.invalidates ?? [])]).toEqual([[block.blockId, 1001]]);
  });

  // As in BlockManager.addStoredBlockUnderConstruction: a replica with a later generation stamp counts as a replica.
  it('accepts a replica that a DataNode reports before the client reports the pipeline (a repeated close)', () => {
    const h = cluster('d1', 'd2');
    h.create('/f', { replication: 2 });
    const located = h.addBlock('/f');
    const [left] = located.locs.map((l) => l.id);
    const block = h.blockOf(located, 100);
    const newBlock = h.blockOf(h.apply({ op: 'updateBlockForPipeline', block, clientName: 'client' }), 100);
    h.report(left?.hostName ?? '', newBlock, 100);
    h.apply({
      op: 'updatePipeline',
      clientName: 'client',
      oldBlock: block,
      newBlock,
      datanodeUuids: [left?.datanodeUuid ?? ''],
      storageUuids: [`DS-${left?.hostName}`],
    });
    expect(h.complete('/f', newBlock)).toBe(true);
  });

  it('can be rebuilt only by its writer', () => {
    const h = cluster('d1');
    h.create('/f');
    const block = h.blockOf(h.addBlock('/f'), 100);
    const renew = (clientName: string, named = block) =>
      failure(() => h.apply({ op: 'updateBlockForPipeline', block: named, clientName }));
    expect(renew('thief')).toBe(
      `LeaseExpiredException: Lease mismatch: ${POOL}:blk_1073741825_1001 is accessed by a non lease holder thief`,
    );
    expect(renew('client', { ...block, blockId: 5 })).toBe(`IOException: ${POOL}:blk_5_1001 does not exist.`);
    h.report('d1', block, 100);
    h.complete('/f', block);
    expect(renew('client')).toBe(
      `IOException: Unexpected BlockUCState: ${POOL}:blk_1073741825_1001 is COMPLETE but not UNDER_CONSTRUCTION`,
    );
  });
});

describe('getBlockLocations', () => {
  it('returns the blocks that the range touches, and always the last', () => {
    const h = cluster('d1');
    h.create('/f');
    const first = h.addBlock('/f');
    h.report('d1', first.b, MIB);
    const second = h.addBlock('/f', h.blockOf(first, MIB));
    h.report('d1', second.b, 10);
    h.complete('/f', h.blockOf(second, 10));
    const offsets = (offset: number, length: number) => locations(h, '/f', offset, length).blocks.map((b) => b.offset);
    expect(offsets(0, MIB)).toEqual([0]);
    expect(offsets(0, MIB + 1)).toEqual([0, MIB]);
    expect(offsets(MIB, 1)).toEqual([MIB]);
    expect(offsets(MIB + 10, 1)).toEqual([]);
    expect(locations(h, '/f', 0, 1)).toMatchObject({
      fileLength: MIB + 10,
      underConstruction: false,
      lastBlock: { offset: MIB },
      isLastBlockComplete: true,
    });
  });

  it('shows readers of an open file the pipeline and the length that was synced', () => {
    const h = cluster('d1');
    h.create('/f');
    h.addBlock('/f');
    const open = { caller: ROOT, path: '/f', fileId: 0, clientName: 'client' };
    h.apply({ op: 'fsync', ...open, lastBlockLength: 77 });
    expect(locations(h, '/f')).toMatchObject({
      fileLength: 0,
      underConstruction: true,
      isLastBlockComplete: false,
      lastBlock: { b: { numBytes: 77 }, locs: [{ id: { hostName: 'd1' } }] },
    });
    h.restart();
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f' })?.length).toBe(77);
  });

  it('updates the access time when it is older than dfs.namenode.accesstime.precision', () => {
    const h = cluster();
    h.writeFileWithoutBlocks('/f');
    const read = () => h.read(getBlockLocations, { caller: ROOT, path: '/f', offset: 0, length: 1 }).accessed;
    expect(read()).toBe(false);
    h.now += 3_600_001;
    expect(read()).toBe(true);
    h.apply({ op: 'noteAccess', caller: ROOT, path: '/f' });
    expect([read(), h.read(getFileInfo, { caller: ROOT, path: '/f' })?.access_time]).toEqual([false, h.now]);
  });
});
