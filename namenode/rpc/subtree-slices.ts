/** Checks the subtree that a command is to remove, in slices between which other calls get their turn. */
import { HadoopError } from '../../runtime/errors.ts';
import { nextTurn } from '../../runtime/promises.ts';
import type { Caller } from '../command/caller.ts';
import { lastINode } from '../namespace/inode-tree.ts';
import type { NamespaceState } from '../namespace/namespace-state.ts';
import { ALL, WRITE } from '../namespace/permissions.ts';
import { checkAccess, resolvePath } from '../namespace/resolve-path.ts';
import type { SubtreeCheck } from '../namespace/subtree-check.ts';
import type { NamesystemDriver } from '../namesystem/driver.ts';
import type { ClientContext } from './context/client-context.ts';
import type { Answering } from './context/method-table.ts';

/** Number of inodes that one slice checks, which takes a few milliseconds. */
const SLICE_INODES = 5000;

/**
 * An entry whose command removes the subtree at a path, or moves it to the trash. The command itself checks that the
 * caller may do so: with the slices that came before, little is left to check, and the verdict is that of the moment.
 * @param pathOf returns the path, or undefined if the command removes nothing
 */
export function afterSubtreeCheck<Q, S>(
  pathOf: (request: Q) => string | undefined,
  entry: Answering<ClientContext, Q, S>,
): Answering<ClientContext, Q, S> {
  const answer: Answering<ClientContext, Q, S> = async (context, request, call) => {
    const path = pathOf(request);
    const caller = await context.callerOf(call);
    if (path === undefined || caller.superuser) return entry(context, request, call);
    const check = await checkedInSlices(context.driver, caller, path);
    try {
      return await entry(context, request, call);
    } finally {
      context.driver.inspect('subtreeCheck', ({ namespace }) => check && namespace.subtreeChecks.end(check));
    }
  };
  return Object.assign(answer, entry.atMostOnce && { atMostOnce: true as const });
}

/** Returns the check when its verdict is known, or undefined if the command has no subtree to check. */
async function checkedInSlices(
  driver: NamesystemDriver,
  caller: Caller,
  path: string,
): Promise<SubtreeCheck | undefined> {
  let check: SubtreeCheck | undefined;
  for (;;) {
    const isDone = driver.inspect('subtreeCheck', ({ namespace }) => {
      check = checkOf(namespace, caller, path, check);
      return check === undefined || check.step(SLICE_INODES);
    });
    if (isDone) return check;
    await nextTurn();
  }
}

/** Returns the check that goes on, or another if the path has become that of another directory. */
function checkOf(
  s: NamespaceState,
  caller: Caller,
  path: string,
  before: SubtreeCheck | undefined,
): SubtreeCheck | undefined {
  const root = removedDirectory(s, caller, path);
  if (before !== undefined && root === before.root) return before;
  if (before !== undefined) s.subtreeChecks.end(before);
  return root && s.subtreeChecks.begin(root, caller, ALL);
}

/** Returns the directory at a path, or undefined if there is none, or if the command will refuse the caller without a walk. */
function removedDirectory(s: NamespaceState, caller: Caller, path: string) {
  if (!s.config.permissionsEnabled) return undefined;
  try {
    const iip = resolvePath(s, caller, path, 'WRITE');
    checkAccess(s, iip, caller, { parent: WRITE });
    const inode = lastINode(iip);
    return inode?.kind === 'directory' ? inode : undefined;
  } catch (e) {
    if (e instanceof HadoopError) return undefined;
    throw e;
  }
}
