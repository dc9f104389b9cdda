// Lists the mutants that break the order or the number of runs of calls on shared names.
import type { Mutant } from './index.ts';

export const HISTORY_MUTANTS: readonly Mutant[] = [
  {
    name: 'late-rename-runs-again',
    about: 'A late copy of a rename is carried out once more.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/rpc/context/method-table.ts',
        find: 'if (entry.atMostOnce && of.keepsAnswers)',
        replace: "if (entry.atMostOnce && of.keepsAnswers && !name.startsWith('rename'))",
      },
    ],
  },
  {
    name: 'delete-repeated-says-false',
    about: 'A delete that is sent again after a lost connection is answered with false, although it removed the path.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/rpc/context/method-table.ts',
        find: 'if (entry.atMostOnce && of.keepsAnswers)',
        replace: "if (entry.atMostOnce && of.keepsAnswers && name !== 'delete_')",
      },
    ],
  },
  {
    name: 'stat-from-a-cache',
    about: 'The status of a path is answered from a cache that a delete or a rename does not clear.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/namespace/stat-and-listing.ts',
        find: '    const inode = lastINode(resolveForReading(s, reading, request));\n    return inode === undefined',
        replace: `    const cache = (request.caller.statuses ??= new Map());
    const known = cache.get(request.path);
    if (known !== undefined && reading.now - known.at < 100) return known.status;
    const inode = lastINode(resolveForReading(s, reading, request));
    if (inode !== undefined) cache.set(request.path, { at: reading.now, status: fileStatus(inode, '') });
    return inode === undefined`,
      },
    ],
  },
  {
    name: 'mkdirs-answers-first',
    about: 'mkdirs is answered before the directory is on disk: the change is committed some milliseconds later.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/namesystem/driver.ts',
        find: `if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That`,
        replace: `if (command.op === 'mkdirs') {
      setTimeout(() => awaitedLater(this.#store.commit(applied.changes, this.#namesystem.state.sequence, call)), 20);
    }
    else if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That`,
      },
    ],
  },
  {
    name: 'overwrite-ignores-children',
    about: 'A rename may replace a directory that is not empty.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/namespace/rename-op.ts',
        find: "if (existing.kind === 'directory' && existing.children.size > 0) {",
        replace: "if (existing.kind === 'directory' && existing.children.size > 1) {",
      },
    ],
  },
  {
    name: 'attributes-set-twice',
    about: 'A late copy of a call that sets an attribute is carried out once more, and takes back what came after it.',
    isOfHistories: true,
    breaks: ['histories-are-linearizable'],
    patches: [
      {
        file: 'namenode/rpc/context/method-table.ts',
        find: 'if (entry.atMostOnce && of.keepsAnswers)',
        replace: "if (entry.atMostOnce && of.keepsAnswers && !name.startsWith('set'))",
      },
    ],
  },
];
