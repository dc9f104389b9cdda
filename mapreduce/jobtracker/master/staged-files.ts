/** The staged files of jobs that have ended: bundles, packages and caches. Those of a job that had failures stay for replays. */
import { Configuration } from '../../../conf/configuration.ts';
import type { Logger } from '../../../runtime/log.ts';
import { cacheEntries } from '../../cache/cache-entries.ts';
import { noOutputIn } from '../../files/staging.ts';
import type { JobView } from '../scheduler/scheduled-job.ts';
import type { UserFiles } from './user-files.ts';
import type { WorkList } from './work-list.ts';

/**
 * Whether the files of a job that has ended stay in its staging directory until the job leaves the history, and the
 * history keeps its splits (Hadoop: MRAppMaster.keepJobFiles): attempts of the job can be run again.
 */
export function staysStaged({ failures, submission }: JobView): boolean {
  return failures.length > 0 && new Configuration(submission.conf).get('mapreduce.task.files.preserve.failedtasks');
}

export class StagedFiles {
  readonly #files: UserFiles;
  readonly #work: WorkList;
  readonly #log: Logger;

  constructor(files: UserFiles, work: WorkList, log: Logger) {
    this.#files = files;
    this.#work = work;
    this.#log = log;
  }

  /** Begins to delete the files of a job that has ended, unless they stay. */
  jobEnded(job: JobView): void {
    const { jobId, submission } = job;
    const { user, code, conf, output } = submission;
    const hasStaging =
      code.kind === 'bundle' ||
      cacheEntries(new Configuration(conf)).length > 0 ||
      output === noOutputIn(this.#files.staging(user, jobId).uri);
    if (!hasStaging || staysStaged(job)) return;
    const onFailure = (err: unknown) => this.#log.warn({ err, jobId }, 'Staged files of a job stay behind');
    this.#work.add(this.delete(submission), onFailure);
  }

  async delete({ user, jobId }: { readonly user: string; readonly jobId: string }): Promise<void> {
    await this.#files.deleteStaging(user, jobId);
  }
}
