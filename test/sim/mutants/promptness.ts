// Lists the mutants that a later timer repairs, and those that only small limits show.
import type { Mutant } from './index.ts';

export const PROMPTNESS_MUTANTS: readonly Mutant[] = [
  {
    name: 'report-waits-for-heartbeat',
    about: 'A DataNode reports a finished replica with its next heartbeat: the wake-up of its link is lost.',
    breaks: ['calls-are-prompt'],
    patches: [
      {
        file: 'datanode/link/outbox.ts',
        find: 'this.isUrgent = true;\n    this.alarm.ring();',
        replace: 'this.isUrgent = true;',
      },
    ],
  },
  {
    name: 'lone-change-waits',
    about: 'A batch of the journal that has a single key waits for a second to be joined by another change.',
    breaks: ['calls-are-prompt'],
    patches: [
      {
        file: 'namenode/store/group-commit.ts',
        find: '      this.#gathering = false;\n      void this.#writeNext();',
        replace: `      const write = () => {
        this.#gathering = false;
        void this.#writeNext();
      };
      if (batch?.changes.size === 1) setTimeout(write, 1000);
      else write();`,
      },
    ],
  },
  {
    name: 'report-slice-forgotten',
    about: 'Of a full block report that is taken in slices, only the first slice counts. Slices have 2,000 replicas.',
    breaks: ['replication-is-restored', 'blocks-get-well', 'closed-files-are-readable', 'acked-bytes-are-read'],
    patches: [
      {
        file: 'namenode/rpc/datanodes/full-block-report.ts',
        find: '      first = false;\n',
        replace: '      first = false;\n      break;\n',
      },
    ],
  },
];
