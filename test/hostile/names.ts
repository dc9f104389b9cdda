// Puts markup into every name and text that a daemon shows, and lists the pages that show them.
import fs from 'node:fs';
import path from 'node:path';
import type { TrackerAction } from '../../mapreduce/job/messages.ts';
import * as DatanodeTable from '../../protocol/gen/datanode.ts';
import { RpcClient } from '../../protocol/rpc/client.ts';
import { signedFetch } from '../runtime/http/signed-fetch.ts';
import type { Arena } from './arena.ts';
import { ATTEMPT } from './routes.ts';
import { MARKUP, SCRIPT_URLS } from './values.ts';

/** Markup that is short enough for a part of a path, and has no slash, which no user's name may have. */
const IMAGE = `"'><img src=x onerror=window.calfScriptRan=7>`;
const ALL = MARKUP.join(' ');

/** Properties of a cluster whose own names are markup. */
export const HOSTILE_PROPERTIES: Readonly<Record<string, string>> = {
  'dfs.datanode.hostname': IMAGE,
  [`hostile.${IMAGE}`]: ALL,
  'mapreduce.job.name': ALL,
};

/** Has every daemon take in names that are markup. Returns the addresses of the pages that show them. */
export async function plantNames(arena: Arena): Promise<string[]> {
  await registerDataNode(arena);
  const jobs = await runJob(arena);
  plantLog(arena);
  const at = (daemon: keyof Arena['ports'], page: string): string => `http://127.0.0.1:${arena.ports[daemon]}${page}`;
  const texts = [...MARKUP, ...SCRIPT_URLS, IMAGE].map(encodeURIComponent);
  const everywhere = (['NameNode', 'DataNode', 'JobTracker', 'TaskTracker'] as const).flatMap((daemon) =>
    [
      '/',
      '/jmx',
      '/conf',
      ...texts.slice(0, 3).flatMap((text) => [`/${text}`, `/conf?name=${text}`, `/jmx?get=*:*::${text}`]),
    ]
      .concat(daemon === 'JobTracker' ? texts.map((text) => `/?before=${text}`) : [])
      .map((page) => at(daemon, page)),
  );
  const ofJobs = jobs.flatMap((job) => [`/job/${job}`, `/jobs/${job}`, `/jobs/${job}/attempts`]);
  return [
    ...everywhere,
    ...['/jobs', '/trackers', `/job/${texts[0]?.slice(0, 90)}`, ...ofJobs].map((page) => at('JobTracker', page)),
    ...[ATTEMPT, ...texts].map((id) => at('TaskTracker', `/tasklog?attemptid=${id}`)),
    ...texts.map((id) => at('shuffle server', `/mapOutput?map=${id}&reduce=0`)),
  ];
}

/** Has the NameNode know a DataNode with a host name, an address, a version and a rack that are markup. */
async function registerDataNode({ cluster }: Arena): Promise<void> {
  const { host, port } = cluster.namenode.rpcAddress;
  const client = new RpcClient({ host, port, protocol: DatanodeTable.PROTOCOL, user: 'root' });
  try {
    const { info } = await client.call(DatanodeTable.versionRequest, {});
    const datanodeID = { ipAddr: ALL, hostName: ALL, datanodeUuid: ALL, xferPort: 1, infoPort: 1, ipcPort: 1 };
    const currentKey = { keyId: 0, expiryDate: 0 };
    const keys = { isBlockTokenEnabled: false, keyUpdateInterval: 0, tokenLifeTime: 0, currentKey, allKeys: [] };
    const storageInfo = { ...info.storageInfo, layoutVersion: -57 };
    await client.call(DatanodeTable.registerDatanode, {
      registration: { datanodeID, storageInfo, keys, softwareVersion: ALL },
    });
  } finally {
    await client.close();
  }
}

/** Submits a job as its member would, and runs its task as a TaskTracker would, with markup in every text. */
async function runJob({ ports, secret, directory }: Arena): Promise<string[]> {
  const post = async (page: string, body: unknown): Promise<unknown> => {
    const url = `http://127.0.0.1:${ports.JobTracker}${page}`;
    const answer = await signedFetch(secret, url, { method: 'POST', body: JSON.stringify(body) });
    if (!answer.ok) throw new Error(`${page}: ${await answer.text()}`);
    return await answer.json();
  };
  const trackerId = IMAGE;
  const incarnation = '1';
  const addresses = { shuffleUrl: 'http://127.0.0.1:1', httpUrl: `http://127.0.0.1:${ports.TaskTracker}` };
  const slots = { mapSlots: 4, reduceSlots: 0 };
  await post('/trackers', { trackerId, host: ALL, dataNode: ALL, ...addresses, ...slots, incarnation });
  const jobs = ['job_3_0001', 'job_3_0002'];
  for (const jobId of jobs) {
    await post('/jobs', {
      jobId,
      name: ALL,
      user: IMAGE,
      code: { kind: 'builtin', example: ALL, exportName: ALL },
      conf: { 'mapreduce.map.maxattempts': '1', [ALL]: ALL },
      maps: 1,
      reduces: 0,
      output: `file:${directory}/out-${jobId}-${encodeURIComponent(IMAGE)}`,
      splits: [{ kind: 'range', start: 0, length: 1 }],
    });
  }
  const tracker = `/trackers/${encodeURIComponent(trackerId)}`;
  const counters = { [ALL]: { [ALL]: 1 }, 'org.apache.hadoop.mapreduce.TaskCounter': { [IMAGE]: 2 } };
  const launched = new Set<string>();
  for (let after = 0; launched.size < jobs.length; ) {
    const actions = (await post(`${tracker}/actions`, { after, incarnation })) as {
      seq: number;
      action: TrackerAction;
    }[];
    for (const { seq, action } of actions) {
      after = seq;
      if (action.kind === 'launch') launched.add(action.launch.attemptId);
    }
  }
  const [failing, running] = [...launched];
  const error = { message: ALL, stack: ALL, record: { path: ALL, offset: 0, text: ALL }, key: ALL };
  const reports = [...launched].map((attemptId) => ({
    kind: 'progress',
    attemptId,
    progress: 0.5,
    status: ALL,
    counters,
  }));
  await post(`${tracker}/reports`, [...reports, { kind: 'failed', attemptId: failing, error }]);
  if (running === undefined) throw new Error('no job runs');
  return jobs;
}

/** Writes a task's log, as a task would. */
function plantLog({ trackerDirectory }: Arena): void {
  const job = ATTEMPT.replace(/^attempt_(\w+?_\d+)_.*/, 'job_$1');
  const logs = path.join(path.dirname(trackerDirectory), 'userlogs', path.basename(trackerDirectory));
  const directory = path.join(logs, job, ATTEMPT);
  fs.mkdirSync(directory, { recursive: true });
  fs.writeFileSync(path.join(directory, 'stdout'), `<!doctype html><html><body>${ALL}`);
}
