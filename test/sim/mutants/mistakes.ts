// Lists the mutants that administrators' mistakes show: two daemons on one directory, and copies of directories.
import type { Mutant } from './index.ts';

export const MISTAKE_MUTANTS: readonly Mutant[] = [
  {
    name: 'directory-not-locked',
    about: 'A daemon does not look whether it has got the lock of its directory.',
    breaks: ['directories-are-locked'],
    patches: [
      {
        file: 'runtime/files/in-use-lock.ts',
        find: 'if (!tryLock(handle.fd)) throw new LockedByOther();',
        replace: 'tryLock(handle.fd);',
      },
    ],
  },
  {
    name: 'copied-datanode-stays',
    about: 'Two DataNodes with one UUID take turns in being the DataNode.',
    breaks: ['copies-are-refused'],
    patches: [
      {
        file: 'namenode/rpc/datanodes/report-turns.ts',
        find: "if (succession.kind === 'open') break;",
        replace: 'break;',
      },
      {
        file: 'namenode/rpc/datanodes/report-turns.ts',
        find: "if (succession.kind === 'copy') throw copiedDirectory(datanodeUuid, succession.of);",
        replace: '',
      },
      {
        file: 'namenode/datanodes/report-order.ts',
        find: "if (other.isCopy) return { kind: 'copy', of: current.address };",
        replace: '',
      },
    ],
  },
  {
    name: 'copied-datanode-serves-first',
    about:
      'A DataNode on a copied directory is given blocks until the DataNode that was copied has shown that it lives.',
    breaks: ['copies-are-refused'],
    patches: [
      {
        file: 'namenode/rpc/datanodes/report-turns.ts',
        find: "if (succession.kind === 'open') break;",
        replace: 'break;',
      },
    ],
  },
  {
    name: 'older-directory-serves',
    about: 'Of two name directories, the NameNode loads the older one.',
    breaks: [
      'acked-files-stay',
      'deleted-files-stay-deleted',
      'block-ids-are-new',
      'generation-stamps-are-new',
      'numbers-are-durable-first',
      'acked-bytes-are-read',
      'calls-run-once',
    ],
    patches: [
      { file: 'namenode/store/name-directories.ts', find: 'compareAge(b, a));', replace: 'compareAge(a, b));' },
    ],
  },
  {
    name: 'older-directory-not-caught-up',
    about: 'Of two name directories, the older one takes part as it is.',
    breaks: [
      'acked-files-stay',
      'deleted-files-stay-deleted',
      'block-ids-are-new',
      'generation-stamps-are-new',
      'numbers-are-durable-first',
      'acked-bytes-are-read',
      'namenode-answers',
    ],
    patches: [
      {
        file: 'namenode/store/name-directories.ts',
        find: 'const isSame = one.epoch === served.epoch && one.number === served.number && hasSameHead(one, served);',
        replace: 'const isSame = one !== served;',
      },
    ],
  },
  {
    name: 'old-transactions-untold',
    about: 'A DataNode does not say that the transactions of its NameNode have gone back.',
    breaks: ['block-ids-are-new'],
    isScripted: true,
    patches: [
      {
        file: 'datanode/link/namenode-session.ts',
        find: 'if (transaction < this.#lastTransaction) {',
        replace: 'if (Number.isNaN(transaction)) {',
      },
    ],
  },
];
