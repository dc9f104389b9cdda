// The clients of a seed: they submit jobs, some twice, kill some, and wait for their ends.
import type { InputSplit } from '../../mapreduce/job/input-split.ts';
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import type { JobCluster } from './cluster.ts';

/** Time after which a client whose submission was not answered submits again. */
const SUBMIT_RETRY_MS = 1000;

type JobMaster = JobCluster['master'];

/** A job that a client has submitted. */
export interface SimJob {
  readonly jobId: string;
  readonly output: string;
  readonly maps: number;
  readonly reduces: number;
  readonly hasSideFiles: boolean;
  isSubmitted: boolean;
  /** The time of the first submission. */
  submittedMs: number;
  /** Whether the client has sent a kill. */
  isKilled: boolean;
}

export const isOver = (status: JobStatus | undefined): boolean =>
  status !== undefined && status.state !== 'PREP' && status.state !== 'RUNNING';

export class SimJobs {
  readonly all: SimJob[] = [];
  readonly #cluster: JobCluster;
  /** Jobs that are still to be submitted. */
  #toCome: number;

  constructor(cluster: JobCluster, jobs: number) {
    this.#cluster = cluster;
    this.#toCome = jobs;
  }

  get areSubmitted(): boolean {
    return this.#toCome === 0 && this.all.every((job) => job.isSubmitted);
  }

  get areOver(): boolean {
    return this.areSubmitted && this.all.every((job) => isOver(this.status(job)));
  }

  status(job: SimJob): JobStatus | undefined {
    return this.#cluster.status(job.jobId);
  }

  /** Has each job submitted at some moment. */
  start(withinMs: number): void {
    const { random } = this.#cluster.world;
    for (let i = this.#toCome; i > 0; i--)
      this.#cluster.atJobTracker(random.next() * withinMs, (master) => this.#submit(master));
  }

  /** Returns a split without a place, or one with replicas beside one or two trackers. */
  #split(index: number): InputSplit {
    const { world, trackers } = this.#cluster;
    const { random } = world;
    if (random.chance(0.3)) return { kind: 'range', start: index, length: 1 };
    const hosts = [...new Set([random.pick(trackers).name, random.pick(trackers).name])];
    const racks = [...new Set(hosts.map((name) => this.#cluster.rackOf(name)))];
    return { kind: 'custom', name: `split ${index}`, length: 1, hosts, names: [], racks };
  }

  #submit(master: JobMaster): void {
    const { world } = this.#cluster;
    const { random } = world;
    this.#toCome--;
    if (world.isBroken) return;
    const reduces = random.chance(0.3) ? 0 : random.between(1, 3);
    const maps = random.between(reduces === 0 ? 1 : 0, 4);
    const { jobId } = master.newJob('sim');
    const other = random.chance(0.15) ? this.all.at(-1) : undefined;
    const output = other?.output ?? `/out/${this.all.length}`;
    const job: SimJob = {
      jobId,
      output,
      maps,
      reduces,
      hasSideFiles: random.chance(0.4),
      isSubmitted: false,
      submittedMs: 0,
      isKilled: false,
    };
    this.all.push(job);
    // A scheduler with a bug has told of it already.
    const unlessBroken = (call: () => Promise<unknown>): Promise<unknown> =>
      call().catch((e: unknown) => {
        if (!world.isBroken) world.breakDown(e);
      });
    const algorithm = random.pick(['1', '2']);
    const slowstart = random.pick(['0.05', '1']);
    const splits = Array.from({ length: maps }, (_, i) => this.#split(i));
    let isAcknowledged = false;
    const submit = (to: JobMaster): void => {
      world.note(jobId, `is submitted: ${maps} maps, ${reduces} reduces, output ${output}`);
      if (!job.isSubmitted) job.submittedMs = world.nowMs;
      job.isSubmitted = true;
      // As the route: a job that has ended is not run again.
      const submitting = unlessBroken(
        async () =>
          world.disk.ended.has(jobId) ||
          to.submit({
            jobId,
            name: 'job',
            user: 'sim',
            code: { kind: 'builtin', example: 'none', exportName: 'default' },
            conf: {
              'mapreduce.fileoutputcommitter.algorithm.version': algorithm,
              'mapreduce.job.reduce.slowstart.completedmaps': slowstart,
              'jobsim.side.files': String(job.hasSideFiles),
            },
            maps,
            reduces,
            mapsWriteOutput: job.hasSideFiles,
            output: `hdfs://nn${output}`,
            splits,
          }),
      );
      void submitting.then(() => {
        isAcknowledged = true;
      });
      // A client that hears nothing asks again.
      world.scheduler.after(SUBMIT_RETRY_MS, () => {
        if (!isAcknowledged && !world.isBroken) this.#cluster.atJobTracker(0, submit);
      });
    };
    const times = random.chance(0.3) ? 2 : 1;
    for (let i = 0; i < times; i++) this.#cluster.atJobTracker(1 + i * random.next() * 8000, submit);
    if (!random.chance(0.15)) return;
    for (let i = random.between(1, 2); i > 0; i--) {
      this.#cluster.atJobTracker(random.next() * 12_000, (to) => {
        if (!job.isSubmitted) return;
        job.isKilled = true;
        world.fault('job killed', jobId);
        void unlessBroken(() => to.kill(jobId, 'killed by its client'));
      });
    }
  }
}
