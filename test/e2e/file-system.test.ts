// Tests DistributedFileSystem on a whole cluster, beyond the contract of test/contract.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { globStatus } from '../../client/filesystem/file-util.ts';
import type { HdfsOutputStream } from '../../client/write/write-stream.ts';
import { hadoopError } from '../../runtime/errors.ts';
import { pattern } from '../support/pattern.ts';
import { Cluster, writeFile } from './cluster.ts';
import { readAll } from './support.ts';

let cluster: Cluster;
let fs: DistributedFileSystem;
beforeAll(async () => {
  cluster = await Cluster.start(3);
  fs = cluster.client();
});
afterAll(() => cluster.stop());

const paths = async (dir: string) => {
  const found: string[] = [];
  for await (const status of fs.listStatus(dir)) found.push(status.path);
  return found;
};

describe('files', () => {
  it.each([0, 1, 511, 512, 513, 4096, 65_535, 65_536, 65_537, 131_072, 200_001])('%i bytes', async (length) => {
    const data = pattern(length);
    await writeFile(fs, '/sizes', data, 7000);
    expect((await readAll(fs, '/sizes')).equals(data)).toBe(true);
  });

  it('pread, at block borders and past the end', async () => {
    const data = pattern(150_000);
    await writeFile(fs, '/pread', data);
    const input = await fs.open('/pread');
    for (const [position, length] of [
      [0, 1],
      [65_500, 100],
      [65_536, 512],
      [149_999, 10],
      [100, 149_000],
      [150_000, 5],
      [200_000, 5],
    ] as const) {
      const bytes = Buffer.from(await input.pread(position, length));
      expect(bytes.equals(data.subarray(position, position + length))).toBe(true);
    }
    await expect(input.pread(-1, 1)).rejects.toMatchObject({ code: 'EOFException' });
    await input.close();
  });

  it('ranges and Web streams', async () => {
    const data = pattern(100_000);
    const out = await fs.create('/web');
    const writer = out.writable().getWriter();
    for (let at = 0; at < data.length; at += 9999) await writer.write(data.subarray(at, at + 9999));
    await writer.close();
    const input = await fs.open('/web');
    const chunks: Uint8Array[] = [];
    for await (const chunk of input.readable({ start: 1234, end: 77_777 })) chunks.push(chunk);
    expect(Buffer.concat(chunks).equals(data.subarray(1234, 77_777))).toBe(true);
    // Stops reading early, which must leave nothing open.
    for await (const chunk of input.stream()) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });

  it('writes that are not awaited keep their order', async () => {
    const data = pattern(90_000);
    const out = await fs.create('/order');
    const writes = [];
    for (let at = 0; at < data.length; at += 777) writes.push(out.write(data.subarray(at, at + 777)));
    await Promise.all([...writes, out.close()]);
    expect((await readAll(fs, '/order')).equals(data)).toBe(true);
  });

  it('hflush and hsync make written bytes visible to readers that open later', async () => {
    const data = pattern(80_000);
    const out = await fs.create('/open');
    for (const [from, to] of [
      [0, 100],
      [100, 700],
      [700, 70_000],
      [70_000, 80_000],
    ] as const) {
      await out.write(data.subarray(from, to));
      await (from === 700 ? out.hsync() : out.hflush());
      expect((await readAll(cluster.client(), '/open')).equals(data.subarray(0, to))).toBe(true);
    }
    await out.close();
    expect((await readAll(fs, '/open')).equals(data)).toBe(true);
  });

  it('checksums are MD5-of-MD5-of-CRC32C, of one block and of several', async () => {
    await writeFile(fs, '/one', pattern(1000));
    await writeFile(fs, '/many', pattern(200_000));
    await writeFile(fs, '/none', pattern(0));
    expect((await fs.getFileChecksum('/one')).algorithm).toBe('MD5-of-0MD5-of-512CRC32C');
    expect((await fs.getFileChecksum('/many')).algorithm).toBe('MD5-of-128MD5-of-512CRC32C');
    const none = await fs.getFileChecksum('/none');
    // Hadoop's checksum of every empty file.
    expect(Buffer.from(none.bytes).toString('hex')).toBe('00000000000000000000000070bc8f4b72a86921468bf8e8441dce51');
  });

  it('an aborted write leaves the file open on the NameNode', async () => {
    const out = await fs.create('/aborted');
    await out.write(pattern(10));
    await out.abort();
    await expect(out.write(pattern(10))).rejects.toMatchObject({ code: 'ClosedChannelException' });
    expect(await fs.isFileClosed('/aborted')).toBe(false);
    expect(await fs.delete('/aborted', false)).toBe(true);
  });

  it('a closed stream refuses to write and to flush', async () => {
    const out = await fs.create('/closed');
    await out.write(pattern(10));
    await out.close();
    await out.close();
    await expect(out.write(pattern(10))).rejects.toMatchObject({ code: 'ClosedChannelException' });
    await expect(out.hflush()).rejects.toMatchObject({ code: 'ClosedChannelException' });
  });

  it('a write whose lease is lost is not closed as if it were complete', async () => {
    const out = (await fs.create('/lease')) as HdfsOutputStream;
    await out.write(pattern(10));
    out.fail(hadoopError('IOException', 'Lease timeout of 1200 seconds expired.'));
    await expect(out.close()).rejects.toThrow('Lease timeout of 1200 seconds expired.');
    expect(await fs.isFileClosed('/lease')).toBe(false);
  });

  // Hadoop's DFSClient.close() completes the files being written.
  it('a file system that is closed closes the files that it has open', async () => {
    const other = cluster.client();
    const out = await other.create('/left-open', { replication: 1 });
    await out.write(pattern(10));
    await other.close();
    await expect(out.write(pattern(1))).rejects.toMatchObject({ code: 'ClosedChannelException' });
    await out.close();
    expect(await fs.isFileClosed('/left-open')).toBe(true);
    expect((await readAll(fs, '/left-open')).equals(pattern(10))).toBe(true);
  });

  it('an hflush after one that failed at the NameNode calls fsync again', async () => {
    const client = cluster.client();
    const out = await client.create('/persist');
    await out.write(pattern(10));
    const asked: string[] = [];
    const call = client.client.callForWriter.bind(client.client);
    client.client.callForWriter = (method, request) => {
      if (method.name !== 'fsync') return call(method, request);
      asked.push(method.name);
      return asked.length === 1 ? Promise.reject(hadoopError('IOException', 'not now')) : call(method, request);
    };
    await expect(out.hflush()).rejects.toThrow('not now');
    await out.hflush();
    await out.hflush();
    expect(asked).toEqual(['fsync', 'fsync']);
    await out.close();
  });

  it('a block size that checksums do not divide is refused', async () => {
    await expect(fs.create('/odd', { blockSizeBytes: 1000 })).rejects.toThrow('must divide block size (=1000)');
  });
});

describe('the namespace', () => {
  it('lists in pages, sorted', async () => {
    const paged = await Cluster.start(0, { 'dfs.ls.limit': '3' });
    try {
      const other = paged.client();
      for (let i = 0; i < 8; i++) await other.mkdirs(`/d/${i}`);
      const found: string[] = [];
      for await (const { path } of other.listStatus('/d')) found.push(path);
      expect(found).toEqual([0, 1, 2, 3, 4, 5, 6, 7].map((i) => `/d/${i}`));
    } finally {
      await paged.stop();
    }
  });

  it('a file lists itself; a missing path is a FileNotFoundException', async () => {
    await writeFile(fs, '/ls/file', pattern(5));
    expect(await paths('/ls/file')).toEqual(['/ls/file']);
    await expect(paths('/missing')).rejects.toMatchObject({ code: 'FileNotFoundException' });
    await expect(fs.getFileStatus('/missing')).rejects.toMatchObject({ code: 'FileNotFoundException' });
    await expect(fs.open('/missing')).rejects.toMatchObject({ code: 'FileNotFoundException' });
    expect(await fs.delete('/missing', true)).toBe(false);
  });

  it('mkdir needs the parent, mkdirs makes it; the umask counts', async () => {
    await expect(fs.mkdir('/no/parent')).rejects.toMatchObject({ code: 'FileNotFoundException' });
    await fs.mkdirs('/some/parent');
    await fs.mkdir('/some/parent/child', 0o777);
    expect(await fs.getFileStatus('/some/parent/child')).toMatchObject({ type: 'DIRECTORY', permission: 0o755 });
    await expect(fs.mkdir('/some/parent/child')).rejects.toMatchObject({ code: 'FileAlreadyExistsException' });
  });

  it('rename answers false where renameStrict throws', async () => {
    await writeFile(fs, '/r/a', pattern(1));
    await writeFile(fs, '/r/b', pattern(2));
    expect(await fs.rename('/r/missing', '/r/c')).toBe(false);
    expect(await fs.rename('/r/a', '/r/b')).toBe(false);
    await expect(fs.renameStrict('/r/a', '/r/b')).rejects.toMatchObject({ code: 'FileAlreadyExistsException' });
    await fs.renameStrict('/r/a', '/r/b', { overwrite: true });
    expect((await fs.getFileStatus('/r/b')).length).toBe(1);
    expect(await fs.rename('/r/b', '/r/c')).toBe(true);
    expect(await paths('/r')).toEqual(['/r/c']);
  });

  it('attributes', async () => {
    await writeFile(fs, '/attributes', pattern(10));
    await fs.setPermission('/attributes', 0o1640);
    await fs.setOwner('/attributes', 'ann', 'staff');
    await fs.setTimes('/attributes', 1_000_000, -1);
    expect(await fs.setReplication('/attributes', 2)).toBe(true);
    expect(await fs.getFileStatus('/attributes')).toMatchObject({
      owner: 'ann',
      group: 'staff',
      modificationTimeMs: 1_000_000,
      replication: 2,
    });
    await expect(fs.setOwner('/attributes', undefined, undefined)).rejects.toThrow(
      'username == null && groupname == null',
    );
  });

  it('summaries, statistics and reports', async () => {
    await writeFile(fs, '/sum/a/f', pattern(1000));
    await writeFile(fs, '/sum/g', pattern(500));
    expect(await fs.getContentSummary('/sum')).toMatchObject({
      length: 1500,
      fileCount: 2,
      directoryCount: 2,
      spaceConsumed: 4500,
      quota: -1,
    });
    expect((await fs.getStatus()).capacityBytes).toBeGreaterThan(0);
    expect(await fs.getDatanodeReport('LIVE')).toHaveLength(3);
    expect((await fs.getServerDefaults()).bytesPerChecksum).toBe(512);
  });

  it('names that HDFS refuses', async () => {
    await expect(fs.mkdirs('/a:b')).rejects.toMatchObject({
      javaClass: 'java.lang.IllegalArgumentException',
      message: `Pathname /a:b from ${cluster.uri}/a:b is not a valid DFS filename.`,
    });
    await fs.mkdirs('//twice//slashed/./x/..');
    expect((await fs.getFileStatus('/twice/slashed')).type).toBe('DIRECTORY');
  });

  it('globs', async () => {
    for (const name of ['a1', 'a2', 'b1', 'c,d', 'x*y']) await writeFile(fs, `/glob/${name}`, pattern(1));
    await fs.mkdirs('/glob/dir/a9');
    const glob = async (pattern: string) => (await globStatus(fs, pattern))?.map((s) => s.path) ?? null;
    expect(await glob('/glob/a?')).toEqual(['/glob/a1', '/glob/a2']);
    expect(await glob('/glob/{b*,a[2-3]}')).toEqual(['/glob/a2', '/glob/b1']);
    expect(await glob('/glob/{a1,dir/a9}')).toEqual(['/glob/a1', '/glob/dir/a9']);
    expect(await glob('/*/dir/*')).toEqual(['/glob/dir/a9']);
    expect(await glob('/glob/x\\*y')).toEqual(['/glob/x*y']);
    expect(await glob('/glob/*/none')).toEqual([]);
    expect(await glob('/glob/none')).toBeNull();
    expect(await glob('/glob/a1/*')).toEqual([]);
    expect(await glob('/')).toEqual(['/']);
  });
});

it('a closed file system and a wrong port are clear errors', async () => {
  const closed = cluster.client();
  await closed.close();
  await expect(closed.getFileStatus('/')).rejects.toThrow('Filesystem closed');
  const { DistributedFileSystem } = await import('../../client/distributed-file-system.ts');
  const nobody = new DistributedFileSystem({ conf: fs.conf, uri: 'hdfs://127.0.0.1:1' });
  await expect(nobody.getFileStatus('/')).rejects.toMatchObject({ code: 'ConnectException' });
  await nobody.close();
});
