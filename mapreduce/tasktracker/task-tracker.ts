import fs from 'node:fs';
import path from 'node:path';
import type { FastifyInstance } from 'fastify';
import { type Configuration, parseAddress } from '../../conf/configuration.ts';
import { checkDaemonConfiguration } from '../../conf/unsupported/check-daemon.ts';
import { HttpServer } from '../../runtime/http/http-server.ts';
import { createLogger, type Logger } from '../../runtime/log.ts';
import { type Clock, systemClock } from '../../runtime/runtime.ts';
import { parseAttemptId } from '../job/job-id.ts';
import { TaskRunner } from '../task/task-runner.ts';
import { taskTrackerBeans } from './beans.ts';
import { JobTrackerLink } from './job-tracker-link.ts';
import { ShuffleServer } from './shuffle-server.ts';

export interface TaskTrackerOptions {
  readonly conf: Configuration;
  /** Default: from mapreduce.jobtracker.http.address. */
  readonly jobTrackerUrl?: string;
  /** `ip:port` of the DataNode beside it, whose replicas are local; default dfs.datanode.address if that is set. */
  readonly dataNode?: string;
  readonly log?: Logger;
  readonly clock?: Clock;
}

/** The daemon that runs tasks, beside a DataNode. */
export class TaskTracker {
  readonly #runner: TaskRunner;
  readonly #link: JobTrackerLink;
  readonly #shuffle: ShuffleServer;
  readonly #server: HttpServer;
  readonly #address: { host: string; port: number };

  private constructor(
    runner: TaskRunner,
    link: JobTrackerLink,
    shuffle: ShuffleServer,
    server: HttpServer,
    address: { host: string; port: number },
  ) {
    this.#runner = runner;
    this.#link = link;
    this.#shuffle = shuffle;
    this.#server = server;
    this.#address = address;
  }

  /** Resolves when the JobTracker knows it. @throws BindException */
  static async start(options: TaskTrackerOptions): Promise<TaskTracker> {
    const { conf, log = createLogger('tasktracker'), clock = systemClock } = options;
    checkDaemonConfiguration(conf, 'tasktracker', (line) => log.warn(line));
    const property = 'mapreduce.tasktracker.http.address';
    const { host, port } = parseAddress(conf.get(property), property);
    const server: HttpServer = new HttpServer({
      pages: { conf, beans: () => taskTrackerBeans(server.address, jobTrackerUrl(options)) },
    });
    let runner: TaskRunner | undefined;
    server.routes.get('/', async () => ({ jobTracker: jobTrackerUrl(options), shuffle: shuffle.url }));
    logRoute(server.routes, (attemptId) => runner?.logDirectory(attemptId) ?? '');
    const address = await server.listen(port, host);
    // The port tells trackers on one machine apart, so it names the directory.
    const directory = path.join(conf.get('mapreduce.cluster.local.dir'), `tracker-${address.port}`);
    const shuffle: ShuffleServer = await ShuffleServer.start(host, conf.get('mapreduce.shuffle.port'), (jobId) =>
      path.join(directory, jobId),
    ).catch(async (e: unknown) => {
      await server.close();
      throw e;
    });
    const dataNode = options.dataNode ?? dataNodeOf(conf);
    const link: JobTrackerLink = new JobTrackerLink({
      url: jobTrackerUrl(options),
      registration: {
        trackerId: `tracker_${host}:${address.port}`,
        host: conf.get('dfs.datanode.hostname') || host,
        ...(dataNode ? { dataNode } : {}),
        shuffleUrl: shuffle.url,
        httpUrl: `http://${host}:${address.port}`,
        mapSlots: conf.get('mapreduce.tasktracker.map.tasks.maximum'),
        reduceSlots: conf.get('mapreduce.tasktracker.reduce.tasks.maximum'),
      },
      heartbeatMs: conf.get('mapreduce.tasktracker.heartbeat.interval'),
      log,
      handle: (action) => runner?.handle(action),
    });
    runner = new TaskRunner({
      conf,
      directory,
      clock,
      log,
      report: (report) => link.report(report),
      mayCommit: (attemptId) => link.mayCommit(attemptId),
    });
    const tracker = new TaskTracker(runner, link, shuffle, server, address);
    await link.start();
    log.info({ address, shuffle: shuffle.url }, 'TaskTracker is up');
    return tracker;
  }

  get httpAddress(): { host: string; port: number } {
    return this.#address;
  }

  get shufflePort(): number {
    return this.#shuffle.port;
  }

  async stop(): Promise<void> {
    await this.#link.stop();
    await this.#runner.stop();
    await Promise.all([this.#shuffle.stop(), this.#server.close()]);
  }
}

function jobTrackerUrl({ conf, jobTrackerUrl }: TaskTrackerOptions): string {
  return jobTrackerUrl ?? `http://${conf.get('mapreduce.jobtracker.http.address')}`;
}

/** Port 0 names no DataNode. */
function dataNodeOf(conf: Configuration): string | undefined {
  const address = conf.get('dfs.datanode.address');
  return conf.isSet('dfs.datanode.address') && !address.endsWith(':0') ? address : undefined;
}

/** What an attempt printed, as text: `GET /tasklog?attemptid=attempt_…`. */
function logRoute(server: FastifyInstance, logDirectory: (attemptId: string) => string): void {
  server.get<{ Querystring: { attemptid?: string } }>('/tasklog', async ({ query }, reply) => {
    const attemptId = query.attemptid ?? '';
    if (!parseAttemptId(attemptId)) return reply.code(400).send({ message: 'attemptid is missing or no attempt id' });
    const parts = await Promise.all(
      ['stdout', 'stderr'].map(async (name) => {
        const text = await fs.promises.readFile(path.join(logDirectory(attemptId), name), 'utf8').catch(() => '');
        return `Log Type:${name}\nLog Contents:\n${text}\n`;
      }),
    );
    return reply.type('text/plain; charset=utf-8').send(parts.join('\n'));
  });
}
