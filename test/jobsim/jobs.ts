// The clients of a seed: they submit jobs, some twice, kill some, and wait for their ends.
import type { JobStatus } from '../../mapreduce/job/messages.ts';
import type { JobCluster } from './cluster.ts';

/** A job that a client has submitted. */
export interface SimJob {
  readonly jobId: string;
  readonly output: string;
  readonly maps: number;
  readonly reduces: number;
  readonly hasSideFiles: boolean;
  isSubmitted: boolean;
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
    return this.#cluster.master.status(job.jobId);
  }

  /** Has each job submitted at some moment. */
  start(withinMs: number): void {
    const { world, jobTracker } = this.#cluster;
    for (let i = this.#toCome; i > 0; i--) jobTracker.after(world.random.next() * withinMs, () => this.#submit());
  }

  #submit(): void {
    const { world, jobTracker, master } = this.#cluster;
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
      isKilled: false,
    };
    this.all.push(job);
    // A scheduler with a bug has told of it already.
    const unlessBroken = (call: () => unknown): void => {
      try {
        call();
      } catch (e) {
        if (!world.isBroken) throw e;
      }
    };
    const submit = (): void => {
      world.note(jobId, `is submitted: ${maps} maps, ${reduces} reduces, output ${output}`);
      job.isSubmitted = true;
      unlessBroken(() =>
        master.submit({
          jobId,
          name: 'job',
          user: 'sim',
          code: { kind: 'builtin', example: 'none', exportName: 'default' },
          conf: {
            'mapreduce.fileoutputcommitter.algorithm.version': random.pick(['1', '2']),
            'mapreduce.job.reduce.slowstart.completedmaps': random.pick(['0.05', '1']),
            'jobsim.side.files': String(job.hasSideFiles),
          },
          maps,
          reduces,
          mapsWriteOutput: job.hasSideFiles,
          output: `hdfs://nn${output}`,
          splits: Array.from({ length: maps }, (_, i) => ({ kind: 'range', start: i, length: 1 })),
        }),
      );
    };
    const times = random.chance(0.3) ? 2 : 1;
    for (let i = 0; i < times; i++) jobTracker.after(1 + i * random.next() * 8000, submit);
    if (!random.chance(0.15)) return;
    for (let i = random.between(1, 2); i > 0; i--) {
      jobTracker.after(random.next() * 12_000, () => {
        if (!job.isSubmitted) return;
        job.isKilled = true;
        world.fault('job killed', jobId);
        unlessBroken(() => master.step({ kind: 'killJob', jobId, reason: 'killed by its client' }));
      });
    }
  }
}
