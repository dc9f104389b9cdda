// A page of another site must not reach any daemon, neither by a name of its own (DNS rebinding) nor by a form or a script
// that the user's browser runs (CSRF).
import os from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { MiniCluster } from '../../cluster/mini-cluster.ts';
import { SharedSecret } from '../../runtime/http/shared-secret.ts';
import { signedLines } from '../runtime/http/signed-fetch.ts';
import { rawRequest } from '../support/raw-http.ts';

const DAEMONS = ['NameNode', 'DataNode', 'JobTracker', 'TaskTracker', 'shuffle server'] as const;

let cluster: MiniCluster;
let ports: Record<(typeof DAEMONS)[number], number>;

beforeAll(async () => {
  const properties = { 'calf.http.allowed-hosts': 'calf.example.com' };
  cluster = await MiniCluster.start({ datanodes: 1, properties });
  const [tracker] = cluster.jobTracker?.trackers ?? [];
  ports = {
    NameNode: cluster.namenode.httpAddress.port,
    DataNode: cluster.datanodes[0]?.httpAddress.port ?? 0,
    JobTracker: cluster.jobTracker?.httpAddress.port ?? 0,
    TaskTracker: Number(new URL(tracker?.httpUrl ?? '').port),
    'shuffle server': Number(new URL(tracker?.shuffleUrl ?? '').port),
  };
});
afterAll(() => cluster.stop());

describe.each(DAEMONS)('the %s', (daemon) => {
  const get = async (...headers: string[]) => await rawRequest(ports[daemon], ['GET /jmx HTTP/1.1', ...headers]);
  /** The shuffle server has no such page. */
  const answered = daemon === 'shuffle server' ? 404 : 200;

  it.each([
    'attacker.example',
    'attacker.example:8088',
    'localhost.attacker.example',
    '127.0.0.1.attacker.example',
    'attacker.example#localhost',
    'localhost@attacker.example',
    'attacker.example@localhost',
    'localhost/attacker.example',
    'localhost:80:80',
    '0x7f.1',
    '2130706433',
    '8.8.8.8',
    '[::2]',
    '[::ffff:8.8.8.8]',
    'localhost attacker.example',
  ])('refuses the name %s', async (host) => {
    const { status, body } = await get(`host: ${host}`);
    expect(status).toBe(403);
    expect(body).toContain('calf.http.allowed-hosts');
  });

  it.each([
    'localhost',
    'LOCALHOST:1',
    'localhost.',
    '127.0.0.1',
    '127.255.0.3:80',
    '[::1]:80',
    '[0:0:0:0:0:0:0:1]',
    '[::ffff:127.0.0.1]',
    os.hostname(),
  ])('answers to the name %s', async (host) => {
    expect((await get(`host: ${host}`)).status).toBe(answered);
  });

  it('refuses a request without a name, and takes HTTP/1.0, which has none', async () => {
    expect((await get()).status).toBe(400);
    expect((await get('host: ')).status).toBe(400);
    expect((await get('host: localhost', 'host: attacker.example')).status).toBe(400);
    expect((await get('host: localhost', 'host: localhost')).status).toBe(400);
    expect((await rawRequest(ports[daemon], ['GET /jmx HTTP/1.0'])).status).toBe(answered);
  });

  it('refuses a foreign name in the first line of a request', async () => {
    for (const scheme of ['http', 'https', 'ftp']) {
      const line = `GET ${scheme}://attacker.example/jmx HTTP/1.1`;
      expect((await rawRequest(ports[daemon], [line, 'host: localhost'])).status, scheme).toBe(403);
    }
  });

  it.each([
    'null',
    'http://attacker.example',
    'http://localhost.attacker.example',
    'http://attacker.example@localhost',
    'chrome-extension://abcdefgh',
    'file://',
    '*',
    '',
  ])('refuses pages of the origin %j', async (origin) => {
    const { status, body } = await get('host: localhost', `origin: ${origin}`);
    expect(status).toBe(403);
    expect(body).toContain('calf.http.allowed-hosts');
  });

  it('answers its own pages', async () => {
    expect((await get('host: localhost', `origin: http://localhost:${ports[daemon]}`)).status).toBe(answered);
  });

  it('refuses a foreign name before it says whether a path is there', async () => {
    for (const path of ['/', '/conf', '/no-such-page', '*', 'http://localhost/jmx']) {
      for (const method of ['GET', 'POST', 'OPTIONS', 'DELETE']) {
        const { status } = await rawRequest(ports[daemon], [`${method} ${path} HTTP/1.1`, 'host: attacker.example']);
        expect([400, 403], `${method} ${path}`).toContain(status);
      }
    }
  });
});

it('a name of calf.http.allowed-hosts is answered', async () => {
  const { status } = await rawRequest(ports.NameNode, ['GET /jmx HTTP/1.1', 'host: calf.example.com:9870']);
  expect(status).toBe(200);
});

describe('a caller without the secret of the cluster', () => {
  const id = 'tracker_127.0.0.1:1';
  const ROUTES: [daemon: (typeof DAEMONS)[number], method: string, path: string][] = [
    ['JobTracker', 'POST', '/jobs/new-id'],
    ['JobTracker', 'POST', '/jobs'],
    ['JobTracker', 'POST', '/jobs/job_1_0001/kill'],
    ['JobTracker', 'POST', '/trackers'],
    ['JobTracker', 'DELETE', `/trackers/${id}`],
    ['JobTracker', 'POST', `/trackers/${id}/actions`],
    ['JobTracker', 'POST', `/trackers/${id}/reports`],
    ['JobTracker', 'POST', '/attempts/attempt_1_0001_m_000000_0/commit'],
    ['NameNode', 'GET', '/fault'],
    ['NameNode', 'PUT', '/fault/disk-full'],
    ['NameNode', 'DELETE', '/fault'],
    ['DataNode', 'GET', '/fault'],
    ['DataNode', 'PUT', '/fault/slow'],
    ['DataNode', 'DELETE', '/fault/slow'],
    ['shuffle server', 'GET', '/mapOutput?map=attempt_1_0001_m_000000_0&reduce=0'],
  ];

  it.each(ROUTES)('is refused by the %s: %s %s', async (daemon, method, path) => {
    const signature = signedLines(new SharedSecret('0'.repeat(64)), method, `http://localhost${path}`, '{}');
    for (const authorization of [[], ['authorization: Bearer '], signature.slice(1)]) {
      const json = ['content-type: application/json', 'content-length: 2'];
      const lines = [`${method} ${path} HTTP/1.1`, 'host: localhost', ...authorization, ...json];
      expect(await rawRequest(ports[daemon], lines, '{}')).toMatchObject({
        status: 401,
        body: expect.stringContaining('AccessControlException'),
      });
    }
  });

  it.each(['/fault', '//fault', '/%66ault', '/./fault', '/jmx/../fault', '/fault/', '/fault?x', '/fault;x'])(
    'comes to no fault by the path %s',
    async (path) => {
      for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'POST']) {
        const { status } = await rawRequest(ports.NameNode, [`${method} ${path} HTTP/1.1`, 'host: localhost']);
        expect([401, 404], `${method} ${path}`).toContain(status);
      }
    },
  );

  it('is told where the secret is', async () => {
    const { body } = await rawRequest(ports.JobTracker, ['POST /jobs HTTP/1.1', 'host: localhost']);
    expect(JSON.parse(body)).toEqual({
      RemoteException: {
        exception: 'AccessControlException',
        javaClassName: 'org.apache.hadoop.security.AccessControlException',
        message:
          "POST /jobs is for those who know the cluster's secret, and this request does not prove it. Clients read it " +
          'from the file calf.http.secret.file, by default calf-http-secret in the conf directory of the cluster: set ' +
          'HADOOP_CONF_DIR to that directory',
      },
    });
  });
});
