/** The daemon that runs tasks, beside a DataNode. */
import path from 'node:path';
import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { checkDaemonConfiguration } from '../../conf/unsupported/check-daemon.ts';
import { opened } from '../../runtime/bind-error.ts';
import { Closers } from '../../runtime/closers.ts';
import { hadoopError, messageOf } from '../../runtime/errors.ts';
import { makeDirectories } from '../../runtime/files/make-directories.ts';
import { daemonSecret } from '../../runtime/http/cluster-secret.ts';
import { HttpServer } from '../../runtime/http/http-server.ts';
import { createLogger, type Logger } from '../../runtime/log.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { jobToken } from '../job/job-token.ts';
import type { TrackerRegistration } from '../job/messages.ts';
import { gatherLogs } from '../logs/gathered-logs.ts';
import { TaskRunner, type TaskRunnerOptions } from '../task/task-runner.ts';
import { taskTrackerBeans } from './beans.ts';
import { drain } from './drain.ts';
import { JobTrackerLink } from './job-tracker-link.ts';
import { LocalDirectory } from './local-directory.ts';
import { OldLogs } from './old-logs.ts';
import { addProfileRoute } from './profile-route.ts';
import { ShuffleServer } from './shuffle-server.ts';
import { addTaskLogRoute } from './task-log-route.ts';

export interface TaskTrackerOptions {
  readonly conf: Configuration;
  /** Default: from mapreduce.jobtracker.http.address. */
  readonly jobTrackerUrl?: string;
  /** `ip:port` of the DataNode beside it, whose replicas are local; default dfs.datanode.address if that is set. */
  readonly dataNode?: string;
  readonly log?: Logger;
  readonly clock?: Clock;
}

interface Address {
  readonly host: string;
  readonly port: number;
}

export class TaskTracker {
  readonly httpAddress: Address;
  readonly shufflePort: number;
  readonly #closers: Closers;
  readonly #drain: () => Promise<void>;

  private constructor(httpAddress: Address, shufflePort: number, closers: Closers, drain: () => Promise<void>) {
    this.#drain = drain;
    this.httpAddress = httpAddress;
    this.shufflePort = shufflePort;
    this.#closers = closers;
  }

  /**
   * Resolves when the JobTracker knows the TaskTracker.
   * @throws BindException, DiskErrorException, ConfigurationError if it is to listen beyond loopback without a secret
   */
  static async start(options: TaskTrackerOptions): Promise<TaskTracker> {
    const { conf, log = createLogger('tasktracker'), clock = systemClock } = options;
    checkDaemonConfiguration(conf, 'tasktracker', (line) => log.warn(line));
    const property = 'mapreduce.tasktracker.http.address';
    const { host, port } = parseAddress(conf.get(property), property);
    const url = options.jobTrackerUrl ?? `http://${conf.get('mapreduce.jobtracker.http.address')}`;
    const closers = new Closers();
    try {
      let runner: TaskRunner | undefined;
      let shuffleUrl = '';
      const secret = daemonSecret(conf, host);
      const names = [conf.get('dfs.datanode.hostname'), ...conf.get('calf.http.allowed-hosts')];
      const tokenOf = (jobId: string): string => jobToken(secret, jobId);
      const server: HttpServer = new HttpServer({
        names,
        pages: { conf, beans: () => taskTrackerBeans(server.address, url) },
      });
      closers.add(() => server.close());
      server.routes.get('/', async () => ({ jobTracker: url, shuffle: shuffleUrl }));
      addTaskLogRoute(server.routes, (attemptId) => runner?.logDirectory(attemptId));
      addProfileRoute(server.routes, (attemptId) => runner?.logDirectory(attemptId));
      const address = await opened(property, server.listen(port, host));
      // The port tells trackers on one machine apart, so it names the directory.
      const directory = path.join(conf.get('mapreduce.cluster.local.dir'), `tracker-${address.port}`);
      const shuffleKey = 'mapreduce.shuffle.port';
      const jobDirectory = (jobId: string): string => path.join(directory, jobId);
      const shuffle = await opened(
        shuffleKey,
        ShuffleServer.start({ host, port: conf.get(shuffleKey), log, names, jobToken: tokenOf, jobDirectory }),
      );
      closers.add(() => shuffle.stop());
      shuffleUrl = shuffle.url;
      const link = new JobTrackerLink({
        url,
        secret,
        registration: registrationOf(options, address, shuffle.url),
        heartbeatMs: conf.get('mapreduce.tasktracker.heartbeat.interval'),
        log,
        handle: (action) => runner?.handle(action),
        inventory: () => runner?.inventory() ?? { running: [], succeeded: [] },
      });
      const local = new LocalDirectory({
        directory,
        host: address.host,
        freeBytesMin: conf.get('mapreduce.tasktracker.local.dir.minspacestart'),
        intervalMs: conf.get('mapreduce.tasktracker.healthchecker.interval'),
        tell: (problem) => {
          if (problem === undefined) log.info('The local directory can be written again');
          else log.error({ problem }, 'This TaskTracker takes no tasks');
          link.tellHealth(problem);
        },
      });
      const logs = path.join(conf.get('mapreduce.cluster.local.dir'), 'userlogs', `tracker-${address.port}`);
      const started = await startRunner({
        conf,
        directory,
        logs,
        clock,
        log,
        jobToken: tokenOf,
        report: (report) => link.report(report),
        problem: () => local.check(),
        mayCommit: (attemptId) => link.mayCommit(attemptId),
        keepLogs: async (owner, place) => {
          if (conf.get('yarn.log-aggregation-enable'))
            await gatherLogs(conf, owner, `${address.host}_${address.port}`, place);
        },
      });
      runner = started;
      closers.add(() => started.stop());
      const oldLogs = new OldLogs(logs, conf, clock, log);
      closers.add(() => oldLogs.stop());
      closers.add(() => local.stop());
      closers.add(() => link.stop());
      await link.start();
      local.start();
      log.info({ address, shuffle: shuffle.url }, 'TaskTracker is up');
      const finish = async (): Promise<void> =>
        await drain({
          limitMs: conf.get('calf.tasktracker.drain.timeout'),
          log,
          clock,
          stopTakingTasks: () => link.stopTakingTasks(),
          running: () => started.inventory().running.length,
          hasNews: () => link.hasNews,
        });
      return new TaskTracker(address, shuffle.port, closers, finish);
    } catch (e) {
      return await closers.undo(e, log);
    }
  }

  /** Takes no more tasks, and waits for a while for the ends of those that run. Comes before stop(). */
  async drain(): Promise<void> {
    await this.#drain();
  }

  /** Ends the tasks, and tells the JobTracker so if it answers. */
  async stop(): Promise<void> {
    await this.#closers.close();
  }
}

/** @throws DiskErrorException if the runner can't make its directory anew */
async function startRunner(options: TaskRunnerOptions): Promise<TaskRunner> {
  try {
    await makeDirectories(options.directory, 0o700);
    return new TaskRunner(options);
  } catch (e) {
    throw hadoopError(
      'DiskErrorException',
      `The TaskTracker can not make its directory ${options.directory}: ${messageOf(e)}. ` +
        'Set mapreduce.cluster.local.dir to a directory that this user may write to',
      e,
    );
  }
}

function registrationOf(
  { conf, dataNode = dataNodeOf(conf) }: TaskTrackerOptions,
  { host, port }: Address,
  shuffleUrl: string,
): TrackerRegistration {
  return {
    trackerId: `tracker_${host}:${port}`,
    host: conf.get('dfs.datanode.hostname') || host,
    ...(dataNode ? { dataNode } : {}),
    shuffleUrl,
    httpUrl: `http://${host}:${port}`,
    mapSlots: conf.get('mapreduce.tasktracker.map.tasks.maximum'),
    reduceSlots: conf.get('mapreduce.tasktracker.reduce.tasks.maximum'),
  };
}

/** Port 0 names no DataNode. */
function dataNodeOf(conf: Configuration): string | undefined {
  const address = conf.get('dfs.datanode.address');
  return conf.isSet('dfs.datanode.address') && !address.endsWith(':0') ? address : undefined;
}
