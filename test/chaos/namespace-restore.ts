// An administrator's mistake: an old copy of the name directory is put back after some minutes of load.
import type { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import type { ProcessControl } from '../../cluster/daemons/process-control.ts';
import type { ClusterFaults } from '../../cluster/fault/cluster-faults.ts';
import * as ClientNamenode from '../../protocol/gen/client-namenode.ts';
import { SafeModeActionProto } from '../../protocol/gen/messages.ts';
import { messageOf } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';
import { type FileRecord, type Ledger, pathOf } from './ledger.ts';
import { checkContents } from './load.ts';
import type { MachineDisks } from './machine-disks.ts';

const NAMENODE = 'namenode';
const POLL_MS = 100;
/** Limit for the NameNode to hear of the blocks that it does not know. */
const RECOGNISED_LIMIT_MS = 60_000;
/** The reason of safe mode while newer replicas are reported. */
const FUTURE = /blocks with generation stamps in future/;
/** Time in which safe mode must not end by itself. */
const STAYS_MS = 2000;

export interface RestoreOptions {
  readonly disks: MachineDisks;
  readonly control: ProcessControl;
  readonly faults: ClusterFaults;
  readonly hdfs: DistributedFileSystem;
  readonly ledger: Ledger;
  readonly nameDirectories: readonly string[];
}

/** A file that was closed when the copy was taken. */
interface CopiedFile {
  readonly file: FileRecord;
  readonly path: string;
  readonly changes: number;
}

/**
 * The promises, of which none is Hadoop's but the first: safe mode stays on while replicas of an unknown future are
 * reported (Hadoop: bytes in future, HDFS-4015). Until forceExit nothing is deleted. Files that have not changed since
 * the copy have all their bytes before and after forceExit. New files never get the bytes of others.
 */
export class NamespaceRestore {
  readonly #o: RestoreOptions;
  #copy: string | undefined;
  #copied: readonly CopiedFile[] = [];
  /** Number of the files that the ledger had when the copy was taken. */
  #filesThen = 0;

  constructor(options: RestoreOptions) {
    this.#o = options;
  }

  /** Takes the copy. The NameNode must not run. */
  async takeCopy(): Promise<void> {
    const { disks, ledger, nameDirectories } = this.#o;
    [this.#copy] = await disks.copyOff('namespace', nameDirectories.slice(0, 1));
    const closed = ledger.settled(['closed']).filter((file) => !file.busy);
    this.#copied = closed.map((file) => ({ file, path: pathOf(file), changes: file.changes }));
    this.#filesThen = ledger.files.length;
    // The other half may be changed and deleted, so that their blocks of old are gone at the restore.
    for (const [i, { file }] of this.#copied.entries()) file.isSpared = i % 2 === 0;
  }

  /**
   * Puts the copy in the place of all name directories, and checks the promises. There is no load now, and no fault.
   * @returns the number of files that the copy has unchanged
   */
  async restore(): Promise<number> {
    const { disks, faults, ledger, nameDirectories } = this.#o;
    const isNew = ({ id, state, ackedBytes }: FileRecord) =>
      id > this.#filesThen && state === 'closed' && ackedBytes > 0;
    const hasFuture = ledger.files.some(isNew);
    const copy = this.#copy;
    if (copy === undefined) {
      // The time for the copy came while the NameNode had another fault to the end.
      ledger.count('restores left out for want of a copy');
      return 0;
    }
    await faults.killNameNode();
    for (const directory of nameDirectories) await disks.putBack(NAMENODE, copy, directory);
    await faults.restartNameNode();
    const kept = this.#copied.filter(({ file, changes }) => file.state === 'closed' && file.changes === changes);
    if (hasFuture) await this.#isRecognised();
    await this.#compare(kept, 'before forceExit');
    await this.#setSafeMode(SafeModeActionProto.SAFEMODE_FORCE_EXIT);
    this.#rewind(kept);
    await this.#deleteOthers(kept);
    await this.#compare(kept, 'after forceExit');
    return kept.length;
  }

  /**
   * Checks that the NameNode recognises the old copy, and then stays in safe mode. If safe mode has ended before the first
   * newer replica was reported, the NameNode only has to say so; the new files of the load show whether they are safe.
   */
  async #isRecognised(): Promise<void> {
    const { ledger } = this.#o;
    const began = performance.now();
    for (;;) {
      const { bytesInFuture, safeMode } = await this.#state();
      if (bytesInFuture > 0 && safeMode === '') return ledger.count('old copies recognised after safe mode');
      if (bytesInFuture > 0 && FUTURE.test(safeMode)) break;
      if (performance.now() - began > RECOGNISED_LIMIT_MS) {
        return ledger.violate('the namespace', `is an old copy, and this was not recognised: ${safeMode}`);
      }
      await sleep(POLL_MS);
    }
    ledger.count('old copies recognised in safe mode');
    const recognised = performance.now();
    while (performance.now() - recognised < STAYS_MS) {
      if (!(await this.#setSafeMode(SafeModeActionProto.SAFEMODE_LEAVE))) {
        return ledger.violate('the namespace', 'is an old copy, and safe mode ended without forceExit');
      }
      await sleep(POLL_MS);
    }
  }

  /** Reads every unchanged file. */
  async #compare(kept: readonly CopiedFile[], when: string): Promise<void> {
    const { hdfs, ledger } = this.#o;
    for (const { file, path } of kept) {
      try {
        const length = await checkContents(hdfs, path, file.id, ledger);
        if (length !== file.ackedBytes) ledger.violate(path, `has ${length} of ${file.ackedBytes} bytes ${when}`);
      } catch (e) {
        ledger.violate(path, `cannot be read from the restored namespace ${when}: ${messageOf(e)}`);
      }
    }
  }

  /** Makes the ledger that of the copy. All that changed since then is given up. */
  #rewind(kept: readonly CopiedFile[]): void {
    const pathOfKept = new Map(kept.map(({ file, path }) => [file, path]));
    for (const file of this.#o.ledger.files) {
      const path = pathOfKept.get(file);
      if (path === undefined) file.state = 'deleted';
      else file.paths = [path];
      file.paths = file.paths.slice(0, 1);
      file.mayBeMissing = false;
      file.isSpared = false;
    }
  }

  /** Deletes the files whose blocks the DataNodes no longer have as they were. */
  async #deleteOthers(kept: readonly CopiedFile[]): Promise<void> {
    const { hdfs } = this.#o;
    const known = new Set(kept.map(({ path }) => path));
    const others: string[] = [];
    for await (const directory of hdfs.listStatus('/chaos')) {
      for await (const { path } of hdfs.listStatus(directory.path)) if (!known.has(path)) others.push(path);
    }
    for (const path of others) await hdfs.delete(path, false);
  }

  /** @returns whether safe mode is on afterwards */
  async #setSafeMode(action: SafeModeActionProto): Promise<boolean> {
    return (await this.#o.hdfs.call(ClientNamenode.setSafeMode, { action })).result;
  }

  async #state(): Promise<{ bytesInFuture: number; safeMode: string }> {
    const beans = await this.#beans();
    return {
      bytesInFuture: Number(beans['BytesWithFutureGenerationStamps'] ?? 0),
      safeMode: String(beans['Safemode'] ?? ''),
    };
  }

  /** Returns all attributes at /jmx. */
  async #beans(): Promise<Record<string, unknown>> {
    const response = await fetch(`http://${this.#o.control.httpAddress(NAMENODE)}/jmx`);
    const { beans } = (await response.json()) as { beans: object[] };
    return Object.assign({}, ...beans) as Record<string, unknown>;
  }
}
