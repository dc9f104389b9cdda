// Makes requests for every place of every route where a caller can put a value.
import type { Arena, Daemon } from './arena.ts';
import { JOB, ROUTES, type Route } from './routes.ts';
import { HEADERS, JSON_VALUES, PROTOTYPES, RAW_VALUES, VALUES } from './values.ts';

/** One request: its head as lines without the end of the head, and its body. */
export interface Shot {
  readonly daemon: Daemon;
  readonly port: number;
  readonly head: readonly string[];
  readonly body: string;
  /** Whether the caller knows the cluster's secret and signs the request. */
  readonly isSigned: boolean;
}

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'PATCH',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PROPFIND',
  'FOO',
  'get',
];
/** Longer texts are not sent in a body again and again: a body takes anything. */
const BODY_TEXT_MAX = 3000;

type Head = readonly [method: string, target: string, ...headers: string[]];

/** Yields the requests of callers without the secret: each value in each place of the URL and in each header. */
export function* shotsOfStrangers(arena: Arena): Generator<Shot> {
  yield* shots(arena, strangersHeads, false);
}

function* strangersHeads(route: Route): Generator<Head> {
  const { method } = route;
  for (const target of targets(route)) yield [method, target];
  const plain = target(route, {}, {});
  for (const [name, values] of Object.entries(HEADERS)) {
    // All routes of a server look at a header alike: one route shows what the other values do.
    const all = route.url === '/jmx' || route.url === '/mapOutput' ? [...values, ...VALUES] : values;
    for (const value of all) yield [method, plain, `${name}: ${unencoded(value)}`];
  }
  for (const name of PROTOTYPES) yield [method, plain, `${name}: x`];
  for (const other of METHODS) yield [other, plain];
}

/** Yields the requests of a member of the cluster: each value in each place of the URL and of the body. */
export function* shotsOfMembers(arena: Arena): Generator<Shot> {
  yield* shots(arena, membersHeads, true);
}

function* membersHeads(route: Route): Generator<Head> {
  if (route.method !== 'GET') for (const target of targets(route)) yield [route.method, target];
}

/** Yields each route's valid request: it must be taken, or the others would be refused for the wrong reason. */
export function* validShots(arena: Arena): Generator<Shot> {
  yield* shots(arena, ({ method, ...route }) => [[method, target({ method, ...route }, {}, route.query ?? {})]], true);
}

/** Yields the requests of a member with one value of a body changed, left out or put in. */
export function* shotsWithBodies(arena: Arena): Generator<Shot> {
  for (const route of ROUTES) {
    if (route.body === undefined) continue;
    for (const daemon of route.daemons) {
      const head = [`${route.method} ${target(route, {}, {})} HTTP/1.1`];
      // A job can be submitted once.
      let jobs = 1000;
      for (const valid of bodies(route.body)) {
        const body = valid.replaceAll(`"${JOB}"`, () => `"job_2_${++jobs}"`);
        yield { ...shot(arena, daemon, head, body), isSigned: true };
      }
    }
  }
}

function* shots(arena: Arena, heads: (route: Route) => Iterable<Head>, isSigned: boolean): Generator<Shot> {
  for (const route of ROUTES) {
    for (const daemon of route.daemons) {
      for (const [method, target, ...headers] of heads(route)) {
        const lines = [`${method} ${target} HTTP/1.1`, ...headers];
        const body = route.body === undefined ? '' : JSON.stringify(route.body);
        yield { ...shot(arena, daemon, lines, body), isSigned };
      }
    }
  }
}

function shot(arena: Arena, daemon: Daemon, lines: readonly string[], body: string): Omit<Shot, 'isSigned'> {
  const own = (name: string) => lines.some((line) => line.startsWith(`${name}: `));
  const head = [...lines];
  if (!own('host')) head.push(`host: localhost:${arena.ports[daemon]}`);
  if (body !== '') {
    if (!own('content-type')) head.push('content-type: application/json');
    head.push(`content-length: ${Buffer.byteLength(body)}`);
  }
  return { daemon, port: arena.ports[daemon], head, body };
}

type Parts = Readonly<Record<string, string>>;

/** Returns the request's target. The parts are encoded already; a place that they lack has its valid value. */
function target(route: Route, path: Parts, query: Parts): string {
  const whole = route.url.replaceAll(/:(\w+)/g, (_, name: string) => path[name] ?? route.path?.[name] ?? '');
  const pairs = Object.entries({ ...query }).map(([name, value]) => `${name}=${value}`);
  return pairs.length === 0 ? whole : `${whole}?${pairs.join('&')}`;
}

/** Yields targets with each value in each chosen part of the path, in each parameter, and as a parameter's name. */
function* targets(route: Route): Generator<string> {
  const values = [...VALUES.map(encodeURIComponent), ...RAW_VALUES, ...VALUES.map(unencoded)];
  for (const name of Object.keys(route.path ?? {})) {
    for (const value of values) yield target(route, { [name]: value }, {});
    for (const value of values) yield target(route, { [name]: `${route.path?.[name]}${value}` }, {});
  }
  for (const [name, valid] of Object.entries(route.query ?? {})) {
    for (const value of values) {
      yield target(route, {}, { [name]: value });
      yield target(route, {}, { [name]: `${encodeURIComponent(valid)}${value}` });
    }
    yield `${target(route, {}, { [name]: valid })}&${name}=${valid}&${name}=x`;
    yield `${target(route, {}, {})}?${`${name}=${valid}&`.repeat(1500)}`;
    for (const key of [`${name}[]`, `${name}[a]`, `${name}[__proto__]`, `${name}.x`, `${name}%00`, name.toUpperCase()])
      yield target(route, {}, { [key]: valid });
  }
  for (const value of values) yield `${target(route, {}, {})}?${value}`;
  for (const tail of [
    '/',
    '//',
    '/.',
    '/..',
    '/%2e%2e',
    '%00',
    ';x',
    '.html',
    '.json',
    '/*',
    '~',
    '%20',
    '?',
    '??',
    '#x',
  ])
    yield `${target(route, {}, {})}${tail}`;
  for (const before of ['/', '//', '/./', '/x/../', '/%2e/', '\\', '', 'http://localhost', 'http://evil.example'])
    yield `${before}${target(route, {}, {})}`;
}

/** Returns a text as a careless client puts it into the first line: without encoding, and without an end of line. */
const unencoded = (text: string): string => text.replaceAll(/[\r\n]/g, '');

/** Yields bodies that differ from a valid one in one place, and bodies that are no JSON. */
function* bodies(valid: unknown): Generator<string> {
  const texts = [...VALUES, ...RAW_VALUES].filter(({ length }) => length <= BODY_TEXT_MAX);
  for (const place of places(valid)) {
    for (const value of [...JSON_VALUES, ...texts]) yield JSON.stringify(withValue(valid, place, value));
    yield JSON.stringify(withValue(valid, place, undefined)) ?? '';
  }
  const text = JSON.stringify(valid);
  for (const name of PROTOTYPES)
    yield text.replace('{', `{${JSON.stringify(name)}:{"x":{"y":1}}${text === '{}' ? '' : ','}`);
  yield* [
    '',
    ' ',
    '{',
    '[',
    'null',
    '"',
    '\u0000',
    '{"a":1,}',
    "{'a':1}",
    `${text}${text}`,
    `\ufeff${text}`,
    'NaN',
    '1e999',
  ];
  yield '['.repeat(50_000);
  yield `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`;
  yield `{"a":${'9'.repeat(100_000)}}`;
  yield `{${Array.from({ length: 20_000 }, (_, i) => `"k${i}":0`).join(',')}}`;
}

type Place = readonly (string | number)[];

/** Returns every place of a value of JSON, the whole first. */
function places(value: unknown, above: Place = []): Place[] {
  if (typeof value !== 'object' || value === null) return [above];
  return [above, ...Object.entries(value).flatMap(([key, part]) => places(part, [...above, key]))];
}

/** Returns a copy with another value in a place; undefined leaves the place out. */
function withValue(whole: unknown, [key, ...rest]: Place, value: unknown): unknown {
  if (key === undefined) return value;
  const copy: Record<string | number, unknown> = structuredClone(whole) as Record<string, unknown>;
  copy[key] = withValue(copy[key], rest, value);
  return copy;
}
