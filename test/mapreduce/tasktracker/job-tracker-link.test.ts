// A TaskTracker handles refusals of its JobTracker.
import http from 'node:http';
import type net from 'node:net';
import path from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { runJobFile } from '../../../mapreduce/engines/job-client.ts';
import type { TrackerRegistration } from '../../../mapreduce/job/messages.ts';
import { JobTrackerLink } from '../../../mapreduce/tasktracker/job-tracker-link.ts';
import { makeSecret } from '../../../runtime/http/cluster-secret.ts';
import { silentLogger } from '../../../runtime/log.ts';
import { prepareTaskChild, recordConsole } from '../helpers.ts';
import { Trackers, trackerConf, writeFile } from '../trackers.ts';

let directory: string;
let remove: () => void;
let trackers: Trackers;

beforeAll(async () => {
  ({ directory, remove } = await prepareTaskChild());
  trackers = await Trackers.start(trackerConf(directory), 1);
});
afterAll(async () => {
  await trackers.stop();
  remove();
});

it('an attempt whose report is refused fails with the reason, and does not hang', async () => {
  // A counter that is NaN becomes null in JSON, which the JobTracker refuses.
  const file = writeFile(
    directory,
    'not-a-number.ts',
    `import { job } from 'calf';
     export default job<string, number>({
       map(_line, { counter }) { counter('Words', 'LONG').increment(Number.NaN); },
       reducers: 0,
       conf: { 'mapreduce.map.maxattempts': 1 },
     });`,
  );
  const input = path.dirname(writeFile(directory, 'in/a.txt', 'x\n'));
  const { err, io } = recordConsole();
  expect(await runJobFile({ file, conf: trackers.conf, args: [input, path.join(directory, 'out')], ...io })).toBe(1);
  expect(err.join('\n')).toContain(
    'Error: The JobTracker refuses a report of the task: body/0/counters/Words/LONG must be number',
  );
});

it('a tracker that is refused does not start', async () => {
  const registration = { trackerId: 'tracker_h:1', host: 'h' } as TrackerRegistration;
  const link = new JobTrackerLink({
    url: trackers.jobTracker.url,
    secret: makeSecret(trackers.conf),
    registration,
    heartbeatMs: 1000,
    log: silentLogger,
    handle: () => undefined,
    inventory: () => ({ running: [], succeeded: [] }),
  });
  await expect(link.start()).rejects.toThrow("body must have required property 'shuffleUrl'");
  await link.stop();
  expect(trackers.jobTracker.trackers).toHaveLength(1);
});

it('a tracker runs nothing that another program at the port of the JobTracker has it run', async () => {
  const actions = [{ seq: 1, action: { kind: 'reset' } }];
  const fake = http.createServer((request, response) => {
    const body = request.url?.endsWith('/actions') ? actions : { ok: true };
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => fake.listen(0, '127.0.0.1', resolve));
  const handled: unknown[] = [];
  const link = new JobTrackerLink({
    url: `http://127.0.0.1:${(fake.address() as net.AddressInfo).port}`,
    secret: makeSecret(trackers.conf),
    registration: { trackerId: 'tracker_h:1', host: 'h' } as TrackerRegistration,
    heartbeatMs: 1000,
    log: silentLogger,
    handle: (action) => handled.push(action),
    inventory: () => ({ running: [], succeeded: [] }),
  });
  await expect(link.start()).rejects.toThrow('does not prove that its sender knows the secret of this cluster');
  await link.stop();
  fake.close();
  expect(handled).toEqual([]);
});
