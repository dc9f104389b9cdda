/** The history of ended jobs in HDFS, with the places, names and form of Hadoop's. The JobTracker's own history does not need it. */
import { Configuration } from '../../../conf/configuration.ts';
import { writeConfigurationXml } from '../../../conf/xml.ts';
import { joinPath } from '../../../protocol/path.ts';
import { isHadoopError } from '../../../runtime/errors.ts';
import { SECRET_IN_JSON, sensitiveKeys } from '../../../runtime/http/config-redactor.ts';
import type { Logger } from '../../../runtime/log.ts';
import { Alarm } from '../../../runtime/promises.ts';
import { FileSystems, type QualifiedPath } from '../../files/file-systems.ts';
import { doneDirectory, doneFileName } from '../history/done-path.ts';
import { jhistText } from '../history/jhist.ts';
import type { JobRecord } from '../history/job-history.ts';
import { WorkList } from './work-list.ts';

/** Hadoop's JobHistoryUtils: the user of the daemon and its group read the files. */
const MODE = 0o770;
/** Longest time that a stop waits for files that are being written. */
const STOP_MS = 3000;

export class HdfsHistory {
  readonly #conf: Configuration;
  readonly #log: Logger;
  readonly #work = new WorkList();

  constructor(conf: Configuration, log: Logger) {
    this.#conf = conf;
    this.#log = log;
  }

  /** Begins to write the files of a job that has ended. A failure is logged: the JobTracker's own history has the job. */
  keep(record: JobRecord): void {
    if (this.#conf.get('fs.defaultFS').startsWith('file:')) return;
    const { jobId } = record.status;
    this.#work.add(this.#write(record), (err) => this.#log.warn({ err, jobId }, 'A job is not in the history in HDFS'));
  }

  /** Deletes the files that were written before `timeMs`, since the epoch. */
  async deleteBefore(timeMs: number): Promise<void> {
    if (this.#conf.get('fs.defaultFS').startsWith('file:')) return;
    await using fileSystems = new FileSystems(this.#conf);
    await deleteOld(this.#done(fileSystems), timeMs);
  }

  async stop(): Promise<void> {
    const patience = new Alarm();
    await Promise.race([this.#work.ended(), patience.sleep(STOP_MS)]);
    patience.ring();
  }

  #done(fileSystems: FileSystems): QualifiedPath {
    return fileSystems.qualify(this.#conf.get('mapreduce.jobhistory.done-dir'));
  }

  /** As Hadoop's MRAppMaster and history server: files appear among the ended jobs when they are whole. */
  async #write(record: JobRecord): Promise<void> {
    const { status, attempts, conf = {} } = record;
    await using fileSystems = new FileSystems(this.#conf);
    const { fs, path: done, uri } = this.#done(fileSystems);
    const { path: intermediate } = fileSystems.qualify(this.#conf.get('mapreduce.jobhistory.intermediate-done-dir'));
    const place = doneDirectory(status);
    const waiting = joinPath(intermediate, status.user);
    // Other users may look for files of their own below the parents of these directories.
    for (const root of [intermediate, done]) await fs.mkdirs(root);
    await fs.mkdirs(waiting, MODE);
    await fs.mkdirs(joinPath(done, place), MODE);
    const confName = `${status.jobId}_conf.xml`;
    const startMs = attempts.reduce((first, a) => Math.min(first, a.startTimeMs), status.finishTimeMs);
    const files = [
      [confName, writeConfigurationXml(withoutSecrets(conf))],
      [doneFileName(status, startMs), jhistText(record, `${uri}/${place}/${confName}`)],
    ] as const;
    for (const [name, text] of files) {
      const file = await fs.create(joinPath(waiting, name), { overwrite: true, permission: MODE });
      try {
        await file.write(Buffer.from(text));
        await file.close();
      } catch (e) {
        await file.abort();
        throw e;
      }
    }
    for (const [name] of files) {
      await fs.renameStrict(joinPath(waiting, name), joinPath(joinPath(done, place), name), { overwrite: true });
    }
  }
}

function withoutSecrets(conf: Readonly<Record<string, string>>): Record<string, string> {
  const isSecret = sensitiveKeys(new Configuration(conf));
  return Object.fromEntries(
    Object.entries(conf).map(([name, value]) => [name, isSecret(name) ? SECRET_IN_JSON : value]),
  );
}

/** Deletes old files, and the directories of days that are empty then. */
async function deleteOld({ fs, path: directory }: Pick<QualifiedPath, 'fs' | 'path'>, timeMs: number): Promise<number> {
  let left = 0;
  try {
    for await (const { path, type, modificationTimeMs } of fs.listStatus(directory)) {
      if (type === 'DIRECTORY') {
        const inside = await deleteOld({ fs, path }, timeMs);
        if (inside === 0 && modificationTimeMs < timeMs) await fs.delete(path, true);
        else left++;
      } else if (modificationTimeMs < timeMs) await fs.delete(path, false);
      else left++;
    }
  } catch (e) {
    if (!isHadoopError(e, 'FileNotFoundException')) throw e;
  }
  return left;
}
