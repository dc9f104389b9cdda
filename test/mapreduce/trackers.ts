// A JobTracker and TaskTrackers in the test's own process, on free ports, with job files and their input.
import fs from 'node:fs';
import path from 'node:path';
import { Configuration } from '../../conf/configuration.ts';
import { JobTracker } from '../../mapreduce/jobtracker/job-tracker.ts';
import { TaskTracker } from '../../mapreduce/tasktracker/task-tracker.ts';
import { silentLogger } from '../../runtime/log.ts';
import type { Clock } from '../../runtime/runtime.ts';

/** Returns properties of daemons on free ports of the loopback address, with all files below `directory`. */
export function trackerConf(directory: string): Configuration {
  return new Configuration({
    'mapreduce.framework.name': 'calf',
    'mapreduce.cluster.local.dir': path.join(directory, 'local'),
    'mapreduce.jobtracker.staging.root.dir': path.join(directory, 'staging'),
    'mapreduce.jobtracker.http.address': '127.0.0.1:0',
    'mapreduce.tasktracker.http.address': '127.0.0.1:0',
    'mapreduce.shuffle.port': '0',
    'yarn.nodemanager.remote-app-log-dir': path.join(directory, 'gathered'),
    'calf.http.secret.file': path.join(directory, 'secret'),
  });
}

export class Trackers {
  readonly taskTrackers: TaskTracker[] = [];
  readonly jobTracker: JobTracker;
  /** Properties with the JobTracker's address, for TaskTrackers and clients. */
  readonly conf: Configuration;

  private constructor(conf: Configuration, jobTracker: JobTracker) {
    this.conf = conf;
    this.jobTracker = jobTracker;
  }

  static async start(conf: Configuration, taskTrackers: number, clock?: Clock): Promise<Trackers> {
    const jobTracker = await JobTracker.start({ conf, log: silentLogger, ...(clock ? { clock } : {}) });
    const named = conf.clone().set('mapreduce.jobtracker.http.address', `127.0.0.1:${jobTracker.httpAddress.port}`);
    const trackers = new Trackers(named, jobTracker);
    for (let i = 0; i < taskTrackers; i++) {
      trackers.taskTrackers.push(await TaskTracker.start({ conf: named, log: silentLogger }));
    }
    return trackers;
  }

  async stop(): Promise<void> {
    await Promise.all(this.taskTrackers.splice(0).map((tracker) => tracker.stop()));
    await this.jobTracker.stop();
  }
}

/** Writes a file and the directories above it. Returns its path. */
export function writeFile(directory: string, name: string, text: string): string {
  const file = path.join(directory, name);
  fs.mkdirSync(path.dirname(file), { recursive: true });
  fs.writeFileSync(file, text);
  return file;
}

/** Writes a job file. Its maps add a line to the file `started` and then wait until the file `go` exists. */
export function waitingJob(directory: string): { file: string; started: string; go: string } {
  const started = path.join(directory, 'started');
  const go = path.join(directory, 'go');
  const file = writeFile(
    directory,
    'waiting.ts',
    `import { job } from 'calf';
     import fs from 'node:fs';
     export default job<string, number>({
       map(line, { emit }) { emit(line, 1); },
       reducers: 0,
       async setup({ attemptId }) {
         fs.appendFileSync(${JSON.stringify(started)}, attemptId + '\\n');
         while (!fs.existsSync(${JSON.stringify(go)})) await new Promise((r) => setTimeout(r, 10));
       },
     });`,
  );
  return { file, started, go };
}
