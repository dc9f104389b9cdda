// The web server of every daemon: its port, /jmx (Hadoop's JMXJsonServlet) and /conf (Hadoop's ConfServlet).
import type { Server } from 'node:http';
import { afterEach, describe, expect, it, test, vi } from 'vitest';
import { Configuration } from '../../../conf/configuration.ts';
import { readConfigurationXml } from '../../../conf/xml.ts';
import { HttpServer } from '../../../runtime/http/http-server.ts';
import { rawRequest } from '../../support/raw-http.ts';

const servers: HttpServer[] = [];
afterEach(async () => {
  for (const server of servers.splice(0)) await server.close();
});

async function started(server: HttpServer): Promise<string> {
  servers.push(server);
  const { host, port } = await server.listen(0, '127.0.0.1');
  expect(server.address).toEqual({ host, port });
  return `http://${host}:${port}`;
}

const BEANS = [
  { name: 'Hadoop:service=S,name=One', modelerType: 'One', Count: 1, Nothing: null },
  { name: 'Hadoop:service=S,name=Two', modelerType: 'Two', Count: 2 },
];

function withPages(properties: Record<string, string> = {}): Promise<string> {
  const conf = new Configuration(properties);
  return started(new HttpServer({ pages: { conf, beans: () => BEANS } }));
}

describe('listen', () => {
  test('a port in use is a BindException with the address', async () => {
    const url = await started(new HttpServer());
    const second = new HttpServer();
    servers.push(second);
    await expect(second.listen(Number(new URL(url).port), '127.0.0.1')).rejects.toMatchObject({
      javaClass: 'java.net.BindException',
      message: `Problem binding to [${new URL(url).host}] java.net.BindException: Address already in use; For more details see:  http://wiki.apache.org/hadoop/BindException`,
    });
  });

  test('a server without pages has neither /jmx nor /conf', async () => {
    const url = await started(new HttpServer());
    expect((await fetch(`${url}/jmx`)).status).toBe(404);
    expect((await fetch(`${url}/conf`)).status).toBe(404);
  });

  test('a body over the limit is refused', async () => {
    const server = new HttpServer({ bodyBytesMax: 10 });
    server.routes.post('/echo', { config: { callers: 'anyone' } }, ({ body }) => ({ body }));
    const url = await started(server);
    const post = (body: string) =>
      fetch(`${url}/echo`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    expect(await (await post('"short"')).json()).toEqual({ body: 'short' });
    expect((await post('"longer than ten"')).status).toBe(413);
  });

  test('cuts off clients that dawdle: 10 s for headers, a minute for a request, two minutes of silence', () => {
    const server = new HttpServer();
    servers.push(server);
    const { headersTimeout, requestTimeout, timeout } = server.routes.server as Server;
    expect({ headersTimeout, requestTimeout, timeout }).toEqual({
      headersTimeout: 10_000,
      requestTimeout: 60_000,
      timeout: 120_000,
    });
  });

  // Hadoop's HttpServer2 sends the first two.
  test('every answer tells browsers to run no script and to lend it to no other page', async () => {
    const url = await withPages();
    const foreign = { headers: { origin: 'http://evil.example' } };
    const asked: [string, RequestInit][] = [
      ['/jmx', {}],
      ['/none', {}],
      ['/x%', {}],
      ['/jmx', foreign],
      ['/conf', {}],
    ];
    for (const [path, init] of asked) {
      const { headers } = await fetch(`${url}${path}`, init);
      expect(Object.fromEntries(headers), path).toMatchObject({
        'x-content-type-options': 'nosniff',
        'x-frame-options': 'SAMEORIGIN',
        'content-security-policy': expect.stringContaining("default-src 'none'"),
        'cross-origin-resource-policy': 'same-origin',
      });
    }
  });

  test('answers requests that come without waiting, but not thousands of them', async () => {
    const { port } = new URL(await withPages());
    const answersTo = async (requests: number): Promise<number> => {
      const more = 'GET /jmx HTTP/1.1\r\nhost: localhost\r\n\r\n'.repeat(requests - 1);
      const { body } = await rawRequest(Number(port), [`${more}GET /jmx HTTP/1.1`, 'host: localhost']);
      return body.split('HTTP/1.1 200').length;
    };
    expect(await answersTo(10)).toBe(10);
    expect(await answersTo(1000)).toBeLessThanOrEqual(16);
  });

  test('a path that no route can have is answered to nobody but callers who know the server', async () => {
    const server = new HttpServer();
    server.routes.get('/job/:id', () => ({}));
    const { port } = new URL(await started(server));
    for (const path of ['/job/%', '/job/%ff', `/job/${'a'.repeat(200)}`]) {
      const asked = await rawRequest(Number(port), [`GET ${path} HTTP/1.1`, 'host: localhost']);
      expect([400, 414], path).toContain(asked.status);
      expect(asked.body).toContain('"javaClassName":"java.io.IOException"');
      const foreign = await rawRequest(Number(port), [`GET ${path} HTTP/1.1`, 'host: evil.example']);
      expect(foreign.status, path).toBe(403);
    }
  });

  test('a failure of a route is answered as a RemoteException', async () => {
    const server = new HttpServer();
    server.routes.get('/fails', () => {
      throw new Error('broken');
    });
    const response = await fetch(`${await started(server)}/fails`);
    expect([response.status, await response.json()]).toEqual([
      500,
      { RemoteException: { exception: 'IOException', javaClassName: 'java.io.IOException', message: 'broken' } },
    ]);
  });
});

describe('/jmx', () => {
  const ask = async (query: string): Promise<[status: number, body: unknown]> => {
    const response = await fetch(`${await withPages()}/jmx${query}`);
    return [response.status, await response.json()];
  };

  test('has all beans, and the one of the process', async () => {
    const [status, body] = await ask('');
    expect(status).toBe(200);
    expect(body).toEqual({
      beans: [
        ...BEANS,
        {
          name: 'java.lang:type=Memory',
          modelerType: 'sun.management.MemoryImpl',
          HeapMemoryUsage: { used: expect.any(Number), committed: expect.any(Number) },
        },
      ],
    });
  });

  it.each([
    ['?qry=Hadoop:service=S,name=Two', [BEANS[1]]],
    ['?qry=Hadoop:*', BEANS],
    ['?qry=Hadoop:service=S,name=T*', [BEANS[1]]],
    ['?qry=Hadoop:service=T,*', []],
    ['?get=Hadoop:service=S,name=Two::Count', [{ name: BEANS[1]?.name, modelerType: 'Two', Count: 2 }]],
    ['?get=Hadoop:service=T,name=None::Count', []],
  ])('%s', async (query, beans) => expect(await ask(query)).toEqual([200, { beans }]));

  // Each star of a pattern is read once, however many there are: nested repeats would stop the daemon.
  it.each([
    [`?qry=${'*'.repeat(8000)}:*`, BEANS.length + 1],
    [`?qry=${'*'.repeat(4000)}:service=${'*'.repeat(4000)}!,*`, 0],
    [`?qry=${'*a'.repeat(4000)}:*`, 0],
    [`?qry=${'*?'.repeat(4000)}:*`, 0],
  ])('%.60s is answered', async (query, count) => {
    const [status, body] = await ask(query);
    expect([status, (body as { beans: unknown[] }).beans.length]).toEqual([200, count]);
  });

  it.each(['Nothing', 'toString'])('the attribute %s that a bean does not have is 404', async (attribute) => {
    expect(await ask(`?get=Hadoop:service=S,name=One::${attribute}`)).toEqual([
      404,
      {
        beans: [
          {
            name: BEANS[0]?.name,
            modelerType: 'One',
            result: 'ERROR',
            message: `No attribute with name ${attribute} was found.`,
          },
        ],
      },
    ]);
  });

  it.each([
    ['?get=Hadoop:service=S,name=One', 'query format is not as expected.'],
    ['?get=Hadoop:service=S,name=One::', 'query format is not as expected.'],
    ['?get=Hadoop:service=S,name=One::Count::Count', 'query format is not as expected.'],
    ['?qry=nothing', 'Domain part must be specified'],
    [`?qry=${'*'.repeat(8000)}!`, 'Domain part must be specified'],
  ])('%.60s is 400', async (query, message) => {
    expect(await ask(query)).toEqual([400, { result: 'ERROR', message }]);
  });
});

describe('/conf', () => {
  const properties = {
    'odd.property': `<&>"'\r`,
    'fs.s3a.secret.key': 'hidden',
    'my.password': 'hidden',
    'dfs.replication': '2',
  };
  const json = { headers: { accept: 'application/json' } };

  test('is a configuration file without the secrets', async () => {
    const response = await fetch(`${await withPages(properties)}/conf`);
    expect(response.headers.get('content-type')).toBe('text/xml; charset=utf-8');
    const xml = await response.text();
    expect(xml).not.toContain('hidden');
    expect(xml).toContain(
      '<property><name>odd.property</name><value>&lt;&amp;&gt;&quot;&#39;&#13;</value><final>false</final></property>',
    );
    const read = new Map(readConfigurationXml(xml, 'conf').map(({ name, value }) => [name, value]));
    expect(read.get('my.password')).toBe('******');
    expect(read.get('fs.s3a.secret.key')).toBe('******');
    expect(read.get('dfs.replication')).toBe('2');
    expect(read.get('dfs.blocksize')).toBe('134217728');
  });

  test('is JSON for a client that accepts JSON', async () => {
    const answer = (await (await fetch(`${await withPages(properties)}/conf`, json)).json()) as { properties: unknown };
    expect(answer.properties).toContainEqual({ key: 'my.password', value: '<redacted>', isFinal: false });
    expect(answer.properties).toContainEqual({ key: 'odd.property', value: `<&>"'\r`, isFinal: false });
    expect(answer.properties).toContainEqual({ key: 'dfs.blocksize', value: '134217728', isFinal: false });
  });

  test('?name= is one property', async () => {
    const url = await withPages(properties);
    expect(await (await fetch(`${url}/conf?name=dfs.replication`)).text()).toBe(
      '<?xml version="1.0" encoding="UTF-8"?>\n<configuration>\n' +
        '<property><name>dfs.replication</name><value>2</value><final>false</final></property>\n</configuration>\n',
    );
    expect(await (await fetch(`${url}/conf?name=my.password`, json)).json()).toEqual({
      property: { key: 'my.password', value: '<redacted>', isFinal: false },
    });
  });

  it.each(['no.such.property', 'toString'])('?name=%s is 404', async (name) => {
    const response = await fetch(`${await withPages(properties)}/conf?name=${name}`);
    expect([response.status, await response.json()]).toEqual([
      404,
      {
        RemoteException: {
          exception: 'IllegalArgumentException',
          javaClassName: 'java.lang.IllegalArgumentException',
          message: `Property ${name} not found`,
        },
      },
    ]);
  });

  test('a secret does not come out through a property that has it in its text', async () => {
    vi.stubEnv('DB_TOKEN', 'hidden');
    const url = await withPages({
      ...properties,
      'db.url': 'jdbc:db://me:${my.password}@host',
      'db.copy': '${db.url}',
      'db.other': 'x${env.DB_TOKEN}',
      'a.circle': '${b.circle}',
      'b.circle': 'b',
    });
    for (const options of [{}, json])
      expect(await (await fetch(`${url}/conf`, options)).text()).not.toContain('hidden');
    expect(await (await fetch(`${url}/conf?name=a.circle`, json)).json()).toMatchObject({ property: { value: 'b' } });
    vi.unstubAllEnvs();
  });

  test('hadoop.security.sensitive-config-keys says which properties are secret', async () => {
    const url = await withPages({ ...properties, 'hadoop.security.sensitive-config-keys': 'replication$ ,\n ^odd' });
    const ask = async (name: string) =>
      ((await (await fetch(`${url}/conf?name=${name}`, json)).json()) as { property: unknown }).property;
    expect(await ask('dfs.replication')).toMatchObject({ value: '<redacted>' });
    expect(await ask('odd.property')).toMatchObject({ value: '<redacted>' });
    expect(await ask('my.password')).toMatchObject({ value: 'hidden' });
  });

  test('an expression that is not well formed ends the start', () => {
    const conf = new Configuration({ 'hadoop.security.sensitive-config-keys': 'fine,(' });
    expect(() => new HttpServer({ pages: { conf, beans: () => [] } })).toThrow(
      "hadoop.security.sensitive-config-keys has '(': Invalid regular expression: /(/: Unterminated group",
    );
  });
});
