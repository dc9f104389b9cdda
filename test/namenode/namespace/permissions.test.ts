// Tests of permission checks.
import { describe, expect, it } from 'vitest';
import type { Caller } from '../../../namenode/command/caller.ts';
import { getFileInfo, getListing } from '../../../namenode/namespace/stat-and-listing.ts';
import { BOB, Harness, ROOT } from '../harness.ts';

const ALICE: Caller = { user: 'alice', groups: ['users'], superuser: false, address: '10.0.0.3' };
const denied = (action: string, inode: string, user = 'bob') =>
  `Permission denied: user=${user}, access=${action}, inode=${inode}`;

describe('permissions', () => {
  it('needs WRITE on the deepest directory that exists (mkdirs, create)', () => {
    const h = new Harness();
    const message = denied('WRITE', '"/":hdfs:supergroup:drwxr-xr-x');
    expect(() => h.mkdirs('/a/b', BOB)).toThrow(message);
    expect(() => h.create('/f', { caller: BOB })).toThrow(message);
  });

  it('needs EXECUTE on every parent directory, and for superusers on none', () => {
    const h = new Harness();
    h.mkdirs('/private/x', ROOT, 0o700);
    const read = (caller: Caller) => h.read(getFileInfo, { caller, path: '/private/x' });
    expect(() => read(BOB)).toThrow(denied('EXECUTE', '"/private":hdfs:supergroup:drwx------'));
    expect(read(ROOT)).toMatchObject({ owner: 'hdfs' });
  });

  it('uses the bits of owner, of group and of others, and only those', () => {
    const h = new Harness();
    h.mkdirs('/d', ROOT, 0o077);
    h.apply({ op: 'setOwner', caller: ROOT, path: '/d', owner: 'bob', group: 'users' });
    const list = (caller: Caller) => h.read(getListing, { caller, path: '/d', startAfter: '', needLocation: false });
    expect(() => list(BOB)).toThrow(denied('READ_EXECUTE', '"/d":bob:users:d---rwxrwx'));
    expect(list(ALICE)?.partialListing).toEqual([]);
    h.apply({ op: 'setPermission', caller: ROOT, path: '/d', permission: 0o707 });
    expect(() => list(ALICE)).toThrow(denied('READ_EXECUTE', '"/d":bob:users:drwx---rwx', 'alice'));
  });

  it('gives new inodes to their maker, in the group of their parent', () => {
    const h = new Harness();
    h.mkdirs('/open', ROOT, 0o777);
    h.apply({ op: 'setOwner', caller: ROOT, path: '/open', owner: undefined, group: 'shared' });
    h.mkdirs('/open/a/b', BOB, 0o050);
    expect(h.read(getFileInfo, { caller: ROOT, path: '/open/a/b' })).toMatchObject({
      owner: 'bob',
      group: 'shared',
      permission: { perm: 0o050 },
    });
    // The owner can enter the parents that mkdirs made.
    expect(h.read(getFileInfo, { caller: ROOT, path: '/open/a' })?.permission.perm).toBe(0o350);
  });

  it('lets no user treat a file as a directory', () => {
    const h = new Harness();
    h.create('/f');
    expect(() => h.mkdirs('/f/d')).toThrow('/f (is not a directory)');
    expect(() => h.read(getFileInfo, { caller: BOB, path: '/f/d' })).toThrow('/f (is not a directory)');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/f/d' })).toBeUndefined();
  });

  it('keeps entries of a sticky directory for their owners', () => {
    const h = new Harness();
    h.mkdirs('/tmp', ROOT, 0o1777);
    h.mkdirs('/tmp/bobs', BOB, 0o777);
    const message =
      'Permission denied by sticky bit: user=alice, path="/tmp/bobs":bob:supergroup:drwxrwxrwx, ' +
      'parent="/tmp":hdfs:supergroup:drwxrwxrwt';
    expect(() => h.apply({ op: 'delete', caller: ALICE, path: '/tmp/bobs', recursive: true })).toThrow(message);
    const rename = { op: 'rename', source: '/tmp/bobs', destination: '/tmp/alices' } as const;
    expect(() => h.apply({ ...rename, caller: ALICE })).toThrow(message);
    expect(h.apply({ ...rename, caller: BOB })).toBe(true);
  });

  // Hadoop's TestStickyBit: the bit of every directory below counts, not only the one of the parent.
  it('keeps entries of a sticky directory inside a tree that is deleted or moved to the trash', () => {
    const h = new Harness();
    h.mkdirs('/pub', ROOT, 0o777);
    h.mkdirs('/pub/shared/deep', ROOT, 0o777);
    h.apply({ op: 'setPermission', caller: ROOT, path: '/pub/shared/deep', permission: 0o1777 });
    h.create('/pub/shared/deep/bobs', { caller: BOB });
    const message =
      'Permission denied by sticky bit: user=alice, path="/pub/shared/deep/bobs":bob:supergroup:-rw-r--r--, ' +
      'parent="/pub/shared/deep":hdfs:supergroup:drwxrwxrwt';
    expect(() => h.apply({ op: 'delete', caller: ALICE, path: '/pub/shared', recursive: true })).toThrow(message);
    const rename = { op: 'rename2', source: '/pub/shared', destination: '/pub/t', overwrite: false } as const;
    expect(() => h.apply({ ...rename, caller: ALICE, moveToTrash: true })).toThrow(message);
    h.apply({ ...rename, caller: ALICE });
    h.apply({ op: 'delete', caller: BOB, path: '/pub/t/deep/bobs', recursive: false });
    expect(h.apply({ op: 'delete', caller: ALICE, path: '/pub/t', recursive: true })).toBe(true);
  });

  it('keeps entries of a sticky directory from a rename that would replace them', () => {
    const h = new Harness();
    h.mkdirs('/tmp', ROOT, 0o1777);
    h.create('/tmp/bobs', { caller: BOB });
    h.create('/tmp/alices', { caller: ALICE });
    const rename = { op: 'rename2', source: '/tmp/alices', destination: '/tmp/bobs', overwrite: true } as const;
    expect(() => h.apply({ ...rename, caller: ALICE })).toThrow(
      'Permission denied by sticky bit: user=alice, path="/tmp/bobs":bob:supergroup:-rw-r--r--, ' +
        'parent="/tmp":hdfs:supergroup:drwxrwxrwt',
    );
    h.apply({ op: 'setOwner', caller: ROOT, path: '/tmp/bobs', owner: 'alice', group: undefined });
    h.apply({ ...rename, caller: ALICE });
  });

  it('deletes a tree only when everything in it may be deleted', () => {
    const h = new Harness();
    h.mkdirs('/pub', ROOT, 0o777);
    h.mkdirs('/pub/a/deep/x', BOB, 0o777);
    h.apply({ op: 'setPermission', caller: BOB, path: '/pub/a/deep', permission: 0o755 });
    const remove = () => h.apply({ op: 'delete', caller: ALICE, path: '/pub/a', recursive: true });
    expect(remove).toThrow(denied('ALL', '"/pub/a/deep":bob:supergroup:drwxr-xr-x', 'alice'));
    h.apply({ op: 'delete', caller: BOB, path: '/pub/a/deep/x', recursive: false });
    expect(remove()).toBe(true);
  });

  it('lets owners change modes and groups, and only superusers change owners', () => {
    const h = new Harness();
    h.mkdirs('/d');
    const mode = (caller: Caller) => h.apply({ op: 'setPermission', caller, path: '/d', permission: 0o700 });
    expect(() => mode(BOB)).toThrow('Permission denied. user=bob is not the owner of inode=/d');
    h.apply({ op: 'setOwner', caller: ROOT, path: '/d', owner: 'bob', group: undefined });
    mode(BOB);
    const give = (owner?: string, group?: string) => h.apply({ op: 'setOwner', caller: BOB, path: '/d', owner, group });
    expect(() => give('alice')).toThrow('User bob is not a super user (non-super user cannot change owner).');
    expect(() => give(undefined, 'users')).toThrow('User bob does not belong to users');
    give('bob', 'staff');
    expect(h.read(getFileInfo, { caller: ROOT, path: '/d' })).toMatchObject({ owner: 'bob', group: 'staff' });
  });

  // FSDirAttrOp.setOwner checks the caller before it looks up the inode.
  it('refuse a new owner before they tell that nothing is there', () => {
    const h = new Harness();
    const give = (caller: Caller) => h.apply({ op: 'setOwner', caller, path: '/no', owner: 'alice', group: undefined });
    expect(() => give(BOB)).toThrow('User bob is not a super user (non-super user cannot change owner).');
    expect(() => give(ROOT)).toThrow('Directory/File does not exist /no');
  });

  // FSPermissionChecker.checkPermission enters all directories above the path that a rename makes.
  it('let nobody rename into a directory that may be written and not entered', () => {
    const h = new Harness();
    h.mkdirs('/pub/closed', ROOT, 0o777);
    h.mkdirs('/pub/bobs', BOB, 0o777);
    h.apply({ op: 'setPermission', caller: ROOT, path: '/pub/closed', permission: 0o766 });
    const rename = () => h.apply({ op: 'rename', caller: BOB, source: '/pub/bobs', destination: '/pub/closed' });
    expect(rename).toThrow(denied('EXECUTE', '"/pub/closed":hdfs:supergroup:drwxrw-rw-'));
    h.apply({ op: 'setPermission', caller: ROOT, path: '/pub/closed', permission: 0o777 });
    expect(rename()).toBe(true);
  });

  // FSDirConcatOp.verifySrcFiles: the source is to be removed, so its directory must be writable.
  it('refuse to concat out of a directory that may not be written, also if the source is missing', () => {
    const h = new Harness();
    h.mkdirs('/d', ROOT, 0o755);
    h.writeFileWithoutBlocks('/d/f');
    h.apply({ op: 'setPermission', caller: ROOT, path: '/d/f', permission: 0o666 });
    const concat = () => h.apply({ op: 'concat', caller: BOB, target: '/d/f', sources: ['/d/no'] });
    expect(concat).toThrow(denied('WRITE', '"/d":hdfs:supergroup:drwxr-xr-x'));
  });

  it('are not checked when dfs.permissions.enabled is false', () => {
    const h = new Harness({ config: { permissionsEnabled: false } });
    expect(h.mkdirs('/a', BOB, 0)).toBe(true);
    expect(h.mkdirs('/a/b', ALICE)).toBe(true);
  });
});
