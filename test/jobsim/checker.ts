// Checks the promises: during a run what changes in the outputs, and at its end what jobs have left.
import type { JobCluster } from './cluster.ts';
import type { JobFaults } from './faults.ts';
import { isOver, type SimJob, type SimJobs } from './jobs.ts';
import { isUnder } from './paths.ts';
import { ATTEMPTS_GROUP, RECORDS } from './task.ts';

export class JobChecker {
  readonly #cluster: JobCluster;
  readonly #jobs: SimJobs;
  readonly #faults: JobFaults;

  constructor(cluster: JobCluster, jobs: SimJobs, faults: JobFaults) {
    this.#cluster = cluster;
    this.#jobs = jobs;
    this.#faults = faults;
    cluster.world.files.onChange = (change, path) => this.#changed(change, path);
  }

  #changed(change: 'appears' | 'goes', path: string): void {
    const { world } = this.#cluster;
    const owners = this.#jobs.all.filter((job) => job.isSubmitted && path !== job.output && isUnder(path, job.output));
    const [owner] = owners;
    if (owner === undefined) return;
    const isFinal = !path.slice(owner.output.length + 1).startsWith('_');
    if (change === 'goes' && isFinal) world.fail('committed-files-stay', `${path} has gone`);
    const states = owners.map((job) => this.#jobs.status(job)?.state);
    // A job that was killed is over before its output is cleared: its end is looked at later.
    if (change === 'appears' && states.every((state) => state === 'SUCCEEDED' || state === 'FAILED')) {
      world.fail('ended-outputs-stay', `${path} appears after the end of ${owners.map((job) => job.jobId).join(', ')}`);
    }
  }

  /** Checks what is left when all faults are over and every job has had its time. */
  atEnd(): void {
    for (const job of this.#jobs.all) this.#checkJob(job);
    this.#checkSlots();
  }

  #checkJob(job: SimJob): void {
    const { world } = this.#cluster;
    const status = this.#jobs.status(job);
    if (!status || !isOver(status)) {
      world.fail('jobs-end', `${job.jobId} is ${status?.state ?? 'unknown'}`);
      return;
    }
    world.coverage.hit(`job ${status.state}`);
    const sharing = this.#jobs.all.filter((other) => other !== job && other.output === job.output);
    // A task under which three trackers died fails its job, also when it was not the cause.
    const isConvicted = status.failureInfo.includes('TaskTrackers died while they ran it');
    if (status.state === 'FAILED' && !this.#faults.mayFail && sharing.length === 0 && !isConvicted) {
      const promise = this.#faults.hasFullDisk ? 'full-disks-fail-no-job' : 'faults-fail-no-job';
      const last = status.failures.at(-1);
      world.fail(promise, `${job.jobId}: ${status.failureInfo} (${last?.attemptId}: ${last?.error.message})`);
    }
    if (status.state === 'KILLED' && !job.isKilled)
      world.fail('faults-fail-no-job', `${job.jobId} was killed by nobody`);
    if (status.state === 'SUCCEEDED') this.#checkOutput(job);
    else if (!sharing.some((other) => this.#jobs.status(other)?.state === 'SUCCEEDED')) {
      if (world.files.has(`${job.output}/_SUCCESS`)) world.fail('no-success-of-failed-jobs', job.output);
    }
    if (world.files.has(`${job.output}/_temporary`))
      world.fail('ended-outputs-stay', `${job.output}/_temporary is left`);
    this.#checkCounters(job);
  }

  #succeeded(job: SimJob): string[] {
    const attempts = this.#cluster.attempts(job.jobId);
    return attempts.filter(({ state }) => state === 'SUCCEEDED').map(({ attemptId }) => attemptId);
  }

  #checkOutput(job: SimJob): void {
    const { world } = this.#cluster;
    const kind = job.reduces > 0 ? 'r' : 'm';
    const writers = this.#succeeded(job).filter((id) => id.includes(`_${kind}_`));
    const expected = new Map([[`${job.output}/_SUCCESS`, '']]);
    for (const id of writers) {
      const index = Number(/_(\d+)_\d+$/.exec(id)?.[1]);
      const lines = Array.from({ length: RECORDS }, (_, i) => `${id}\t${i}\n`);
      expected.set(`${job.output}/part-${kind}-${String(index).padStart(5, '0')}`, lines.join(''));
      if (job.hasSideFiles) expected.set(`${job.output}/side-${index}`, id);
    }
    if (job.hasSideFiles && job.reduces > 0) {
      const maps = this.#succeeded(job).filter((id) => id.includes('_m_'));
      for (const id of maps) expected.set(`${job.output}/map-${Number(/_(\d+)_\d+$/.exec(id)?.[1])}`, id);
    }
    const count = job.reduces > 0 ? job.reduces : job.maps;
    if (writers.length !== count)
      world.fail('one-attempt-of-each-task', `${job.jobId}: ${writers.join(', ')} of ${count}`);
    const found = world.files.filesBelow(job.output);
    for (const path of new Set([...expected.keys(), ...found.keys()])) {
      if (found.get(path) === expected.get(path)) continue;
      world.fail(
        'one-attempt-of-each-task',
        `${path} has ${JSON.stringify(found.get(path))?.slice(0, 80)}, wanted ${JSON.stringify(expected.get(path))?.slice(0, 80)}`,
      );
    }
  }

  #checkCounters(job: SimJob): void {
    const counted = Object.entries(this.#jobs.status(job)?.counters[ATTEMPTS_GROUP] ?? {});
    const wrong = counted.filter(([, value]) => value !== 1).map(([id]) => id);
    const want = this.#succeeded(job).sort().join(', ');
    const have = counted
      .map(([id]) => id)
      .sort()
      .join(', ');
    if (wrong.length > 0 || want !== have) {
      this.#cluster.world.fail('counters-count-once', `${job.jobId} counts ${have} ${wrong.join(' ')}, wanted ${want}`);
    }
  }

  #checkSlots(): void {
    const { world } = this.#cluster;
    const running = this.#jobs.all
      .flatMap((job) => this.#cluster.attempts(job.jobId))
      .filter((a) => a.state === 'RUNNING');
    if (running.length > 0) world.fail('slots-come-back', `${running[0]?.attemptId} runs`);
    const busy = [...world.children].filter((child) => child.attemptId !== undefined);
    if (busy.length > 0) world.fail('slots-come-back', `${busy[0]?.process.name} runs ${busy[0]?.attemptId}`);
  }
}
