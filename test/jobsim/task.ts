// The work of a simulated attempt: a map or a reduce that writes its own id, through the programs' TaskOutput.
import type { AnyJob } from '../../mapreduce/api/api.ts';
import { parseAttemptId } from '../../mapreduce/job/job-id.ts';
import type { MapOutputLocation, TaskReport } from '../../mapreduce/job/messages.ts';
import type { TaskOrder } from '../../mapreduce/task/run-task.ts';
import type { Umbilical } from '../../mapreduce/task/task-run.ts';
import type { Programs } from './bundle.ts';
import type { JobProcess } from './world.ts';

/** Group of the counter that each attempt sets to 1 under its own id. */
export const ATTEMPTS_GROUP = 'jobsim attempts';
/** Records that each attempt writes. */
export const RECORDS = 9;
const FETCH_RETRY_MS = 200;

export interface SimUmbilical extends Umbilical {
  end(report: TaskReport): void;
}

const sleep = (process: JobProcess, ms: number): Promise<void> =>
  new Promise((resolve) => {
    process.after(ms, resolve);
  });

/** Runs an attempt in a task process, and reports its end. */
export async function runAttempt(
  order: TaskOrder,
  umbilical: SimUmbilical,
  process: JobProcess,
  programs: Programs,
): Promise<void> {
  const { attemptId } = order.launch;
  try {
    const counters = new programs.Counters();
    counters.add(ATTEMPTS_GROUP, attemptId, 1);
    await work(order, umbilical, process, programs, counters);
    umbilical.end({ kind: 'succeeded', attemptId, counters: counters.toJson() });
  } catch (e) {
    if (e instanceof TypeError || e instanceof RangeError) process.world.breakDown(e);
    umbilical.end({ kind: 'failed', attemptId, error: programs.toTaskError(e) });
  }
}

async function work(
  order: TaskOrder,
  umbilical: SimUmbilical,
  process: JobProcess,
  programs: Programs,
  counters: InstanceType<Programs['Counters']>,
): Promise<void> {
  const { launch } = order;
  const { world } = process;
  const { random, behaviour } = world;
  if (launch.kind === 'REDUCE') await fetchAll(order, umbilical, process, programs);
  const steps = random.between(1, 4);
  for (let step = 0; step < steps; step++) {
    await sleep(process, random.next() * behaviour.stepMs);
    umbilical.progress(step / steps);
    if (behaviour.fullDisks.has(trackerOf(process))) throw new Error('ENOSPC: no space left on device, write');
    if (random.chance(behaviour.failing)) throw new Error('the job’s own error');
    if (random.chance(behaviour.hanging)) await new Promise(() => undefined);
  }
  if (launch.kind === 'MAP' && launch.job.reduces > 0) {
    if (launch.job.mapsWriteOutput) await writeMapFile(order, umbilical, programs, counters);
    world.mapOutputs.get(trackerOf(process))?.add(launch.attemptId);
    return;
  }
  await writeOutput(order, umbilical, process, programs, counters);
}

/** The name of the tracker's run: `t1/7` for the child `t1/7.c3`. */
const trackerOf = (process: JobProcess): string => process.name.slice(0, process.name.indexOf('.'));

async function writeOutput(
  order: TaskOrder,
  umbilical: SimUmbilical,
  process: JobProcess,
  programs: Programs,
  counters: InstanceType<Programs['Counters']>,
): Promise<void> {
  const { launch } = order;
  const { random } = process.world;
  const conf = new programs.Configuration(order.conf);
  const fileSystems = new programs.FileSystems(conf, launch.job.user);
  const jobConf = programs.jobConfiguration(conf);
  const job = {} as AnyJob;
  const places = { directory: '/local', workingDirectory: '/local/work', cacheFiles: {} };
  const run = { launch, job, conf, jobConf, counters, fileSystems, ...places, jobToken: '', umbilical };
  const output = await programs.TaskOutput.create(run);
  try {
    if (launch.job.conf['jobsim.side.files'] === 'true')
      await writeSideFile(launch.attemptId, launch.job.output, fileSystems);
    for (let i = 0; i < RECORDS; i++) {
      output.write(launch.attemptId, i);
      if (random.chance(0.3)) await output.flush();
      if (random.chance(0.2)) await sleep(process, random.next() * process.world.behaviour.stepMs);
    }
    await output.commit();
  } catch (e) {
    await output.abort();
    throw e;
  }
}

/** Returns the run of an attempt for its output. */
function outputRun(
  { launch, conf: properties }: TaskOrder,
  umbilical: SimUmbilical,
  programs: Programs,
  counters: InstanceType<Programs['Counters']>,
) {
  const conf = new programs.Configuration(properties);
  const fileSystems = new programs.FileSystems(conf, launch.job.user);
  const jobConf = programs.jobConfiguration(conf);
  return { launch, job: {} as AnyJob, jobConf, counters, fileSystems, directory: '/local', umbilical };
}

/** Writes and commits the file of a map beside its output for the reduces. */
async function writeMapFile(
  order: TaskOrder,
  umbilical: SimUmbilical,
  programs: Programs,
  counters: InstanceType<Programs['Counters']>,
): Promise<void> {
  const { attemptId, index } = order.launch;
  const output = await programs.TaskOutput.create(outputRun(order, umbilical, programs, counters), false);
  try {
    const file = await output.createFile(`map-${index}`);
    await file.write(Buffer.from(attemptId));
    await output.commit();
  } catch (e) {
    await output.abort();
    throw e;
  }
}

async function writeSideFile(
  attemptId: string,
  output: string,
  fileSystems: InstanceType<Programs['FileSystems']>,
): Promise<void> {
  const { fs, path } = fileSystems.qualify(output);
  const name = `side-${parseAttemptId(attemptId)?.index}`;
  const file = await fs.create(`${path}/_temporary/0/_temporary/${attemptId}/${name}`, { createParent: false });
  await file.write(Buffer.from(attemptId));
  await file.close();
}

/** Fetches the outputs of all maps, by the programs' FetchPlan. */
async function fetchAll(
  { launch }: TaskOrder,
  umbilical: SimUmbilical,
  process: JobProcess,
  programs: Programs,
): Promise<void> {
  const { random, mapOutputs } = process.world;
  const plan = new programs.FetchPlan(launch.job.maps);
  umbilical.onMapOutputs((outputs: readonly MapOutputLocation[], obsolete: readonly string[]) => {
    for (const output of outputs) plan.add(output);
    for (const attemptId of obsolete) plan.obsolete(attemptId);
  });
  while (!plan.isComplete) {
    const next = plan.next(process.monotonicMs());
    if (!('location' in next)) {
      await sleep(process, FETCH_RETRY_MS);
      continue;
    }
    const { location } = next;
    await sleep(process, random.next() * 20);
    if (mapOutputs.get(location.url)?.has(location.attemptId)) {
      plan.succeeded(location);
      umbilical.progress(plan.fetched / launch.job.maps / 3);
    } else {
      umbilical.fetchFailed(location.attemptId);
      if (plan.failed(location, process.monotonicMs())) throw new Error(`${location.attemptId} can not be fetched`);
    }
  }
}
