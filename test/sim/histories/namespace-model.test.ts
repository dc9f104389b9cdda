// Tests the model of the namespace: each rule that decides between outcomes of a history.
import { describe, expect, test } from 'vitest';
import { formattedBy, type Namespace } from './namespace.ts';
import { step } from './namespace-model.ts';
import { type Operation, outcomeText, type User } from './operation.ts';

const ROOT: User = { name: 'sim', groups: [], isSuperuser: true };
const ANN: User = { name: 'ann', groups: ['sim'], isSuperuser: false };

/** Runs operations one after the other, and returns their outcomes as text. */
function outcomes(user: User, ...operations: readonly Operation[]): string[] {
  let state: Namespace = formattedBy('sim');
  state = step(state, { id: -1, client: '', user: ROOT, operation: permit('/', 0o777) }).after;
  return operations.map((operation, id) => {
    const { after, outcome } = step(state, { id, client: '', user, operation });
    state = after;
    return outcomeText(outcome);
  });
}

const permit = (path: string, permission: number): Operation => ({ op: 'setPermission', path, permission });
const mkdirs = (path: string): Operation => ({ op: 'mkdirs', path, permission: 0o755, createParent: true });
const create = (path: string, overwrite = false, lengthBytes = 0): Operation => ({
  op: 'create',
  path,
  permission: 0o644,
  overwrite,
  createParent: true,
  replication: 2,
  lengthBytes,
});
const close = (created: number): Operation => ({ op: 'close', created });
const rename = (source: string, destination: string): Operation => ({ op: 'rename', source, destination });
const rename2 = (source: string, destination: string, overwrite = false): Operation => ({
  op: 'rename2',
  source,
  destination,
  overwrite,
});
const remove = (path: string, recursive = false): Operation => ({ op: 'delete', path, recursive });
const stat = (path: string): Operation => ({ op: 'stat', path });

describe('the tree', () => {
  /** FSDirDeleteOp.delete */
  test('a directory with entries is deleted recursively alone', () => {
    expect(outcomes(ROOT, mkdirs('/a/b'), remove('/a'), remove('/a', true), remove('/a'), stat('/a/b'))).toEqual([
      'done',
      'PathIsNotEmptyDirectoryException',
      'true',
      'false',
      'FileNotFoundException',
    ]);
  });

  /** FSDirRenameOp's deprecated renameTo: a directory as destination receives the source. */
  test('the older rename moves into a directory, and says false where rename2 throws', () => {
    expect(
      outcomes(ROOT, mkdirs('/a'), mkdirs('/b'), rename('/a', '/b'), rename('/a', '/c'), rename('/b', '/b/a/x')),
    ).toEqual(['done', 'done', 'true', 'false', 'false']);
    expect(outcomes(ROOT, mkdirs('/a'), mkdirs('/b/c'), rename2('/a', '/b', true), rename2('/a', '/a/x'))).toEqual([
      'done',
      'done',
      'IOException',
      'IOException',
    ]);
    expect(
      outcomes(ROOT, mkdirs('/a/x'), mkdirs('/b'), rename2('/a', '/b'), rename2('/a', '/b', true), remove('/b/x')),
    ).toEqual(['done', 'done', 'FileAlreadyExistsException', 'done', 'true']);
  });

  /** FSDirWriteFileOp: the writer's file is known by its id. */
  test('an open file is closed where it is, and not after it was replaced', () => {
    expect(outcomes(ROOT, create('/f'), rename('/f', '/g'), close(0), create('/g', true), close(0), close(3))).toEqual([
      'done',
      'true',
      'done',
      'done',
      'FileNotFoundException',
      'done',
    ]);
    expect(outcomes(ROOT, create('/f'), create('/f'), close(0), create('/f'))).toEqual([
      'done',
      'AlreadyBeingCreatedException',
      'done',
      'FileAlreadyExistsException',
    ]);
  });

  /** FSDirConcatOp */
  test('concat joins closed files with bytes of one directory', () => {
    const concat: Operation = { op: 'concat', target: '/f', sources: ['/g'] };
    expect(
      outcomes(ROOT, create('/f'), close(0), create('/g', false, 1024), concat, close(2), concat, stat('/f')),
    ).toEqual([
      ...['done', 'done', 'done', 'HadoopIllegalArgumentException', 'done', 'done'],
      '[/f file sim:supergroup 644 now x2 1024B]',
    ]);
  });
});

describe('permissions', () => {
  /** FSDirectory.resolvePath: only an operation that creates something tells that a parent is a file. */
  test('a path below a file is refused in different words', () => {
    expect(outcomes(ROOT, create('/f'), mkdirs('/f/x'), remove('/f/x'), stat('/f/x'))).toEqual([
      'done',
      'ParentNotDirectoryException',
      'AccessControlException',
      'FileNotFoundException',
    ]);
    expect(outcomes(ANN, create('/f'), stat('/f/x'))).toEqual(['done', 'AccessControlException']);
  });

  /** FSPermissionChecker: traverse, parent, and the subtree of a delete. */
  test('a directory that its user may not enter hides what is below', () => {
    expect(
      outcomes(ANN, mkdirs('/a/b/c'), permit('/a/b', 0), remove('/a', true), stat('/a/b/c'), stat('/a/b')),
    ).toEqual([
      'done',
      'done',
      'AccessControlException',
      'AccessControlException',
      '[/a/b directory ann:supergroup 0 now x0 0B]',
    ]);
  });

  /** FSDirAttrOp.setOwner checks the caller before it looks whether the path is there. */
  test('a user gives no file to another user', () => {
    const chown: Operation = { op: 'setOwner', path: '/none', owner: 'bob' };
    expect(outcomes(ANN, chown)).toEqual(['AccessControlException']);
    expect(outcomes(ROOT, chown)).toEqual(['FileNotFoundException']);
  });
});
