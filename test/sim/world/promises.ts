/** The promises that the simulator checks. Each violation names one, and each mutant names those that it breaks. */

export const PROMISES = {
  // Promises to readers
  'acked-bytes-are-read': 'A reader gets every byte that hflush, hsync or close has acknowledged.',
  'closed-length-stays': 'A closed file has the length with which it was closed.',
  'only-written-bytes': 'A reader gets no byte that the writer has not written, and each byte at its place.',
  'closed-files-are-readable': 'A closed file can be read from its start to its end when no fault prevents it.',
  // Promises to clients that change the namespace
  'acked-files-stay': 'A file whose creation or rename was acknowledged is found at its path and in its listing.',
  'deleted-files-stay-deleted': 'A file whose deletion was acknowledged does not come back.',
  'acked-attributes-stay': 'A file has the permission, owner, times and replication that were acknowledged.',
  'renames-are-whole': 'A renamed file is at its old or its new path, never at both.',
  'calls-run-once': 'Every call runs once, however often it is sent, and has the outcome of its own run.',
  'histories-are-linearizable':
    'What clients see that work on the same names at the same time is what some order of their calls gives, each of which runs once between its begin and its end.',
  'calls-are-prompt':
    'While no fault is active, a call of the NameNode and a step of a client take no longer than network and disks explain.',
  'writes-go-on': 'A write goes on while a DataNode of its pipeline is left.',
  'steps-succeed': 'What a client of a script asks for is not refused: no fault of the script prevents it.',
  'healthy-nodes-stay': 'A writer does not blame a DataNode that was up and could be reached all along.',
  // Promises about blocks
  'replication-is-restored': 'Every block gets as many replicas as its file asks for once faults are over.',
  'racks-are-spanned': 'A block of several replicas lies on two racks if there are two.',
  'blocks-get-well': 'No block is left with corrupt replicas alone once faults are over.',
  'rot-is-found':
    'A damaged byte of a replica is found by the block scanner in its period, and at once by a reader that meets it.',
  'old-generations-go': 'Finalized replicas of an old generation are deleted.',
  'enough-replicas-are-kept':
    'A replica is given up only while as many others exist as the file was ever asked to have.',
  'finalized-replicas-agree': 'Finalized replicas of a block with the same generation stamp have the same bytes.',
  'block-ids-are-new': 'A block id is given out once.',
  'generation-stamps-are-new': 'A generation stamp is given out once.',
  'numbers-are-durable-first':
    'A block id or generation stamp is on disk before anyone hears of it: no DataNode reports one that is not assigned.',
  // Promises about daemons
  'files-get-closed': 'A file whose writer is gone is closed by lease recovery.',
  'daemons-start': 'A daemon starts again after any fault that leaves its disks readable.',
  'namenode-answers': 'The NameNode answers calls once faults are over.',
  'decommissions-end': 'A DataNode that is to leave is decommissioned once its blocks are elsewhere.',
  'scripts-end': 'Every message that a script waits for is sent.',
  'loops-wait': 'No loop goes round without waiting, and no run needs more events than its work explains.',
  'replica-states-are-legal': "A replica changes its state only as Hadoop's replicas do.",
  'last-ack-means-final': 'The last ack of a block is sent when its replica is finalized.',
  'replica-stamps-grow': 'The generation stamp of a replica never goes back, unless a new copy replaces the replica.',
  'replica-lengths-are-ordered': 'Of a replica, bytes acked <= bytes on disk <= bytes received.',
  'directories-are-locked': 'A second daemon on the directories of one that runs is refused, and told why.',
  'copies-are-refused':
    "Of two DataNodes with one UUID, the one on a copied directory is refused, and told whose copy it is; the other one's blocks stay.",
  'damage-is-told':
    'A damaged file of a name directory is not served: another directory serves, or the start names it.',
  'errors-are-hadoops': 'Whatever fails, fails with an error of Hadoop or of the operating system, never with a bug.',
} as const;

export type PromiseName = keyof typeof PROMISES;

export const isPromiseName = (name: string): name is PromiseName => Object.hasOwn(PROMISES, name);

/** A broken promise, and a message that says how it was broken. */
export interface Violation {
  readonly promise: PromiseName;
  readonly message: string;
}

/** Returns a violation as one line of text. */
export const violationText = ({ promise, message }: Violation): string => `${promise}: ${message}`;
