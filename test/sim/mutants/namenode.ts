// Lists the mutants of the NameNode.
import type { Mutant } from './index.ts';

export const NAMENODE_MUTANTS: readonly Mutant[] = [
  {
    name: 'no-new-generation-stamp',
    about: 'A rebuilt pipeline keeps the generation stamp of the broken one.',
    breaks: ['generation-stamps-are-new'],
    patches: [
      {
        file: 'namenode/writing/pipeline-op.ts',
        find: 'const generationStamp = ++s.blockManager.counters.generationStamp;',
        replace: 'const generationStamp = block.genStamp;',
      },
    ],
  },
  {
    name: 'success-before-sync',
    about: 'The NameNode answers before the change is on disk.',
    breaks: [
      'acked-files-stay',
      'deleted-files-stay-deleted',
      'block-ids-are-new',
      'generation-stamps-are-new',
      'numbers-are-durable-first',
    ],
    patches: [
      {
        file: 'namenode/namesystem/driver.ts',
        find: `if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That`,
        replace: `if (applied.changes.length > 0) void this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That`,
      },
    ],
  },
  {
    name: 'batch-not-atomic',
    about: 'The keys that a command changes go to disk one after the other.',
    breaks: ['namenode-answers'],
    patches: [
      {
        file: 'namenode/namesystem/driver.ts',
        find: `if (applied.changes.length > 0) await this.#store.commit(applied.changes, this.#namesystem.state.sequence, call);
    // That`,
        replace: `if (applied.changes.length > 0) {
      for (const change of applied.changes) await this.#store.commit([change], this.#namesystem.state.sequence, call);
    }
    // That`,
      },
    ],
  },
  {
    name: 'retry-cache-forgets',
    about: 'A NameNode that starts again does not know which calls it has answered.',
    breaks: ['calls-run-once', 'acked-bytes-are-read', 'closed-length-stays', 'closed-files-are-readable'],
    patches: [
      {
        file: 'namenode/rpc/rpc-server.ts',
        find: 'of options.answeredCalls) {',
        replace: 'of options.answeredCalls.slice(0, 0)) {',
      },
    ],
  },
  {
    name: 'level-not-synced',
    about: 'The batches that bring level up to date with the journal are not synced.',
    breaks: ['namenode-answers', 'acked-files-stay', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/store/store-directory.ts',
        find: 'headChange({ ...head, run })], { sync: true });',
        replace: 'headChange({ ...head, run })], { sync: false });',
      },
    ],
  },
  {
    name: 'journal-reused-early',
    about: 'A file of the journal is written over before level has its batches.',
    breaks: ['namenode-answers', 'acked-files-stay', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/store/journal/edit-journal.ts',
        find: '    await free(this.#lastNumbers[next] as number, next);\n',
        replace: '',
      },
    ],
  },
  {
    name: 'journal-error-acked',
    about: 'A write of the journal that failed is acknowledged.',
    breaks: ['namenode-answers', 'acked-files-stay', 'acked-bytes-are-read', 'deleted-files-stay-deleted'],
    patches: [
      {
        file: 'namenode/store/journal/edit-journal.ts',
        find: `    if (this.#averageCommitMs < SLOW_COMMIT_MS) writeSyncedNow(write);
    else await writeSynced(write);`,
        replace: `    try {
      if (this.#averageCommitMs < SLOW_COMMIT_MS) writeSyncedNow(write);
      else await writeSynced(write);
    } catch {}`,
      },
    ],
  },
  {
    name: 'fsync-error-ignored',
    about: 'Batches to level that could not be synced count as written.',
    breaks: ['namenode-answers', 'acked-files-stay', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/store/store-directory.ts',
        find: 'headChange({ ...head, run })], { sync: true });',
        replace: 'headChange({ ...head, run })], { sync: true }).catch(() => undefined);',
      },
    ],
  },
  {
    name: 'rename-not-durable',
    about: 'A rename is made in memory alone.',
    breaks: ['acked-files-stay'],
    patches: [
      {
        file: 'namenode/namespace/rename-op.ts',
        find: '  tx.touch(inode);\n  tx.touchChildren(parent);',
        replace: '  tx.touchChildren(parent);',
      },
    ],
  },
  {
    name: 'chmod-not-durable',
    about: 'A change of permissions is made in memory alone.',
    breaks: ['acked-attributes-stay'],
    patches: [
      {
        file: 'namenode/namespace/attr-op.ts',
        find: '  inode.permission = request.permission & 0o1777;\n  tx.touch(inode);',
        replace: '  inode.permission = request.permission & 0o1777;',
      },
    ],
  },
  {
    name: 'lease-not-durable',
    about: 'That a file is open, and who writes it, is forgotten when the NameNode stops.',
    breaks: ['closed-files-are-readable', 'replication-is-restored'],
    patches: [
      {
        file: 'namenode/store/edits.ts',
        find: 'if (writer !== undefined) {',
        replace: 'if (writer === null) {',
      },
    ],
  },
  {
    name: 'counters-not-durable',
    about: 'The last block id and generation stamp given out are forgotten when the NameNode stops.',
    breaks: ['block-ids-are-new', 'generation-stamps-are-new', 'numbers-are-durable-first'],
    patches: [
      {
        file: 'namenode/writing/write-file-op.ts',
        find: "'UNDER_CONSTRUCTION');\n  tx.countersChanged();",
        replace: "'UNDER_CONSTRUCTION');",
      },
    ],
  },
  {
    name: 'old-generation-accepted',
    about: 'A replica that a rebuilt pipeline left behind counts as good.',
    breaks: ['old-generations-go', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/blocks/redundancy/corrupt-replicas.ts',
        find: "if (replica.genStamp !== block.genStamp) return 'GENSTAMP_MISMATCH';\n      return replica.numBytes === block.numBytes ? undefined : 'SIZE_MISMATCH';",
        replace: 'return undefined;',
      },
      {
        file: 'namenode/blocks/block-manager.ts',
        find: 'if (replica.state !== REPLICA_FINALIZED || replica.genStamp !== block.genStamp) return;',
        replace: 'if (replica.state !== REPLICA_FINALIZED) return;',
      },
    ],
  },
  {
    name: 'excess-takes-the-last',
    about: 'When a block has too many replicas, all of them are deleted.',
    breaks: ['enough-replicas-are-kept', 'replication-is-restored'],
    patches: [
      {
        file: 'namenode/blocks/redundancy/excess-redundancy.ts',
        find: 'while (kept.length > wanted) {',
        replace: 'while (kept.length > 0) {',
      },
    ],
  },
  {
    name: 'truncate-without-recovery',
    about: 'A truncate inside a block changes the length in the namespace and leaves the replicas as they are.',
    breaks: ['blocks-get-well'],
    patches: [
      {
        file: 'namenode/writing/truncate-op.ts',
        find: `  toUnderConstruction(s, tx, file, clientName, caller.address);
  truncateLastBlock(s, tx, file, excess);
  return false;`,
        replace: `  const cut = file.blocks.at(-1);
  if (cut === undefined) return false;
  cut.numBytes -= excess;
  tx.touchBlock(cut);
  return true;`,
      },
    ],
  },
  {
    name: 'recovered-block-keeps-its-stamp',
    about: 'The NameNode does not take over the generation stamp of a block recovery.',
    breaks: ['blocks-get-well'],
    patches: [
      {
        file: 'namenode/writing/commit-block-synchronization-op.ts',
        find: '  block.genStamp = genStamp;',
        replace: '',
      },
    ],
  },
  {
    name: 'decommissioned-at-once',
    about: 'A DataNode is decommissioned before its blocks are elsewhere.',
    breaks: ['enough-replicas-are-kept'],
    patches: [
      {
        file: 'namenode/datanodes/decommission.ts',
        find: 'if (isSufficient(s, block)) state.insufficient.delete(block);',
        replace: 'if (isSufficient(s, block) || block.id > 0) state.insufficient.delete(block);',
      },
    ],
  },
  {
    name: 'racks-not-looked-at',
    about: 'A block is fine with all of its replicas on one rack.',
    breaks: ['racks-are-spanned'],
    patches: [
      {
        file: 'namenode/blocks/redundancy/redundancy.ts',
        find: 'if (this.#racks.rackCount < 2) {',
        replace: 'if (this.#racks.rackCount < 99) {',
      },
    ],
  },
  {
    name: 'retry-cache-knows-no-clients',
    about: 'A call is taken for the one that another client made under the same number.',
    breaks: ['calls-run-once', 'acked-files-stay'],
    patches: [
      {
        file: 'protocol/rpc/retry-cache.ts',
        find: "`${(Buffer.isBuffer(clientId) ? clientId : Buffer.from(clientId)).toString('latin1')}:${callId}`",
        replace: '`${clientId.length}:${callId}`',
      },
    ],
  },
  {
    name: 'late-complete-closes',
    about: 'A late copy of complete closes a file that was opened for append since, under the old generation stamp.',
    breaks: ['closed-files-are-readable', 'blocks-get-well', 'acked-bytes-are-read', 'closed-length-stays'],
    patches: [
      {
        file: 'namenode/writing/write-file-op.ts',
        find: 'if (isReopened && committed.numBytes === last.numBytes) {',
        replace: 'if (Number.isNaN(last.genStamp)) {',
      },
    ],
  },
  {
    name: 'late-truncate-cuts',
    about: 'A late copy of truncate runs again, and cuts what was appended since.',
    breaks: ['acked-bytes-are-read', 'closed-length-stays'],
    patches: [
      {
        file: 'namenode/rpc/client-writes.ts',
        find: `truncate: applyAtMostOnce(
    TruncateResponseProto,`,
        replace: 'truncate: apply(',
      },
    ],
  },
  {
    name: 'decommissioned-unreported',
    about: 'A DataNode that has just registered, and has not said what it holds, is decommissioned.',
    breaks: ['closed-files-are-readable'],
    isScripted: true,
    patches: [
      {
        file: 'namenode/datanodes/decommission.ts',
        find: 'if (tx.now < state.dueMs || !hasReported(datanode)) return limit;',
        replace: 'if (tx.now < state.dueMs) return limit;',
      },
    ],
  },
  {
    name: 'blocks-in-the-order-of-keys',
    about: 'A NameNode does not start if the journal names a block of a file before one that precedes it.',
    breaks: ['namenode-answers', 'daemons-start'],
    patches: [
      {
        file: 'namenode/namesystem/apply-change.ts',
        find: 'else if (index > file.blocks.length) early.push(change);',
        replace: '',
      },
    ],
  },
  {
    name: 'left-out-directory-serves',
    about: 'A name directory that the NameNode ran without serves when the other one is damaged.',
    breaks: ['numbers-are-durable-first', 'acked-files-stay', 'block-ids-are-new', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/store/name-directories.ts',
        find: 'const behind = await takeThoseBehind(directories, found);',
        replace: 'const behind: string[] = (await takeThoseBehind(directories, new Map())).slice(0, 0);',
      },
    ],
  },
  {
    name: 'restored-copy-reuses-ids',
    about: 'A NameNode with an old copy of its name directory passes over what DataNodes report beyond its counters.',
    breaks: ['block-ids-are-new', 'generation-stamps-are-new'],
    patches: [
      {
        file: 'namenode/blocks/lost-future.ts',
        find: 'if (!isBeyond && !isLost(counters, replica, block)) return false;',
        replace: 'if (!isBeyond || replica.id > 0) return false;',
      },
    ],
  },
];
