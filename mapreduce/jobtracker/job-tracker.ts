/** The daemon that takes jobs and has TaskTrackers run them. All talk is JSON over HTTP; trackers poll for actions. */

import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { readRackTable } from '../../conf/rack-table.ts';
import { checkDaemonConfiguration } from '../../conf/unsupported/check-daemon.ts';
import { opened } from '../../runtime/bind-error.ts';
import type { Bug } from '../../runtime/bug.ts';
import { Closers } from '../../runtime/closers.ts';
import { daemonSecret } from '../../runtime/http/cluster-secret.ts';
import { HttpServer } from '../../runtime/http/http-server.ts';
import { createLogger, type Logger } from '../../runtime/log.ts';
import { deferred } from '../../runtime/promises.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import type { TrackerRegistration } from '../job/messages.ts';
import { LogCleaner } from '../logs/log-cleaner.ts';
import { HistoryCleaner } from './history/cleaner.ts';
import { FactFiles } from './history/fact-files.ts';
import { JobHistory, type JobRecord } from './history/job-history.ts';
import { HdfsHistory } from './master/hdfs-history.ts';
import { JobMaster } from './master/job-master.ts';
import { TrackerRacks } from './master/tracker-racks.ts';
import { jobTrackerBeans } from './web/beans.ts';
import { jobRoutes } from './web/job-routes.ts';
import { TrackerLinks } from './web/tracker-links.ts';

const BODY_BYTES_MAX = 256 * 1024 * 1024;

export interface JobTrackerOptions {
  readonly conf: Configuration;
  readonly log?: Logger;
  readonly clock?: Clock;
}

interface Parts {
  readonly master: JobMaster;
  readonly address: { readonly host: string; readonly port: number };
  readonly closers: Closers;
  readonly stopped: Promise<Error | undefined>;
}

export class JobTracker {
  readonly #parts: Parts;
  /** Resolves when the JobTracker stops: with the Bug that ended it, or with undefined after stop(). */
  readonly stopped: Promise<Error | undefined>;

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.stopped = parts.stopped;
  }

  /** @throws BindException, DiskErrorException, ConfigurationError if it is to listen beyond loopback without a secret */
  static async start({
    conf,
    log = createLogger('jobtracker'),
    clock = systemClock,
  }: JobTrackerOptions): Promise<JobTracker> {
    checkDaemonConfiguration(conf, 'jobtracker', (line) => log.warn(line));
    const property = 'mapreduce.jobtracker.http.address';
    const { host, port } = parseAddress(conf.get(property), property);
    const closers = new Closers();
    const stopped = deferred<Error | undefined>();
    closers.add(() => stopped.resolve(undefined));
    try {
      const history = await JobHistory.open(conf);
      const server: HttpServer = new HttpServer({
        secret: daemonSecret(conf, host),
        bodyBytesMax: BODY_BYTES_MAX,
        pages: { conf, beans: () => jobTrackerBeans(master, server.address.host) },
      });
      closers.add(() => server.close());
      const hdfsHistory = new HdfsHistory(conf, log);
      closers.add(() => hdfsHistory.stop());
      const onLeaving = async ({ submission }: JobRecord): Promise<void> => {
        if (submission) await master.staged.delete(submission);
      };
      const cleaner = new HistoryCleaner(history, conf, clock, log, onLeaving, (ms) => hdfsHistory.deleteBefore(ms));
      closers.add(() => cleaner.stop());
      const facts = await FactFiles.open(conf);
      closers.add(() => facts.close());
      const links = new TrackerLinks();
      const onBug = (bug: Bug): void => {
        log.fatal({ err: bug }, bug.message);
        // No handler can answer any more: their connections are cut here and now.
        server.abort();
        stopped.resolve(bug);
        closers
          .close()
          .catch((err: unknown) => log.error({ err }, 'The JobTracker could not close all that it had open'));
      };
      const master: JobMaster = new JobMaster({
        conf,
        clock,
        log,
        identifier: clock.now(),
        tell: (trackerId, action) => links.tell(trackerId, action),
        facts,
        disconnected: () => links.disconnected(),
        racks: new TrackerRacks(await readRackTable(conf.get('net.topology.table.file.name'))),
        keep: async (record) => {
          await history.save(record);
          hdfsHistory.keep(record);
        },
        onBug,
      });
      closers.add(() => master.stop());
      closers.add(() => links.stop());
      links.addRoutes(server.routes, master);
      jobRoutes(server.routes, master, history);
      await recover(master, facts, history, conf, log);
      const address = await opened(property, server.listen(port, host));
      if (conf.get('mapreduce.jobhistory.cleaner.enable')) cleaner.start();
      const logCleaner = new LogCleaner(conf, clock, log);
      closers.add(() => logCleaner.stop());
      log.info({ address }, 'JobTracker is up');
      return new JobTracker({ master, address, closers, stopped: stopped.promise });
    } catch (e) {
      return await closers.undo(e, log);
    }
  }

  get httpAddress(): { readonly host: string; readonly port: number } {
    return this.#parts.address;
  }

  get url(): string {
    const { host, port } = this.#parts.address;
    return `http://${host}:${port}`;
  }

  /** The trackers that are registered. */
  get trackers(): readonly TrackerRegistration[] {
    return this.#parts.master.trackers;
  }

  async stop(): Promise<void> {
    await this.#parts.closers.close();
  }
}

/** Goes on with the jobs that an earlier JobTracker has left. */
async function recover(
  master: JobMaster,
  facts: FactFiles,
  history: JobHistory,
  conf: Configuration,
  log: Logger,
): Promise<void> {
  const left = await facts.readAll(log);
  const recovers = conf.get('yarn.app.mapreduce.am.job.recovery.enable');
  const jobs = [];
  for (const job of left) {
    // The history has a job whose facts were about to be deleted.
    const isDone = job.facts.some(({ kind }) => kind === 'cleared') && (await history.get(job.jobId)) !== undefined;
    if (recovers && !isDone) jobs.push(job);
    else await facts.drop(job.jobId);
  }
  if (jobs.length === 0) return;
  log.info(
    { jobs: jobs.map(({ jobId }) => jobId) },
    'The JobTracker goes on with jobs of the time before it was started',
  );
  await master.recover(jobs);
}
