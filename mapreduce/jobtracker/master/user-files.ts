/** The file systems of the users whose jobs run, and the staging directories of the jobs. */
import type { Configuration } from '../../../conf/configuration.ts';
import { FileSystems, type QualifiedPath } from '../../files/file-systems.ts';
import { bundleIn, stagingDirectory } from '../../files/staging.ts';

export class UserFiles implements AsyncDisposable {
  readonly #conf: Configuration;
  readonly #fileSystems = new Map<string, FileSystems>();

  constructor(conf: Configuration) {
    this.#conf = conf;
  }

  of(user: string): FileSystems {
    let fileSystems = this.#fileSystems.get(user);
    if (!fileSystems) {
      fileSystems = new FileSystems(this.#conf, user);
      this.#fileSystems.set(user, fileSystems);
    }
    return fileSystems;
  }

  /** Returns the only place from which tasks take the bundle of the user's job. */
  bundleUri(user: string, jobId: string): string {
    return bundleIn(this.staging(user, jobId).uri);
  }

  /** Returns the job's staging directory: it follows from this daemon's configuration, the user and the id alone. */
  staging(user: string, jobId: string): QualifiedPath {
    const { fs, path, uri } = this.of(user).qualify(this.#conf.get('mapreduce.jobtracker.staging.root.dir'));
    return { fs, path: stagingDirectory(path, user, jobId), uri: stagingDirectory(uri, user, jobId) };
  }

  async deleteStaging(user: string, jobId: string): Promise<void> {
    const { fs, path } = this.staging(user, jobId);
    await fs.delete(path, true);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const fileSystems of this.#fileSystems.values()) await fileSystems[Symbol.asyncDispose]();
  }
}
