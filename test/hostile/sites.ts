// Attacks by pages of other sites, in a real browser: DNS rebinding, CSRF, reading across origins, frames.
import os from 'node:os';
import { type Arena, DAEMONS } from './arena.ts';
import type { Chromium } from './chromium.ts';
import { factsOf } from './fuzz.ts';
import { PlantedServer } from './planted.ts';

/** Requests that would change something, or read what is there. */
const WRITES = [
  ['POST', '/jobs/new-id', '{"user":"evil"}'],
  ['POST', '/jobs', '{"jobId":"job_9_9999"}'],
  ['POST', '/trackers', '{"trackerId":"evil"}'],
  ['DELETE', '/trackers/x', ''],
  ['PUT', '/fault/disk-full', '{}'],
  ['PUT', '/fault/slow', '{"packetDelayMs":1000}'],
  ['DELETE', '/fault', ''],
];
const READS = ['/jmx', '/conf', '/', '/jobs', '/trackers', '/fault', '/tasklog?attemptid=attempt_1_0001_m_000000_0'];
/** Texts of answers that another site must not have. */
const SEEN = '/beans|<configuration|configuration"|<title>|"trackerId"|Log Type|"faults"/';

/** The script of an attack. Returns one line for each part that succeeded. `base` is empty for the page's own server. */
const script = (base: string): string => `(async () => {
  const base = ${JSON.stringify(base)}, done = [], seen = (text) => ${SEEN}.test(text);
  // A part that does not end has not been tried.
  const attempt = (what, run) => new Promise((resolve) => {
    const late = setTimeout(() => resolve(done.push('no end of ' + what)), 20000);
    run().then((ok) => ok && done.push(what), () => undefined).finally(() => resolve(clearTimeout(late)));
  });
  const load = (tag, name, url) => new Promise((resolve) => {
    const element = document.createElement(tag);
    element.onload = () => resolve(true);
    element.onerror = () => resolve(false);
    if (tag === 'link') element.rel = 'stylesheet';
    element[name] = url;
    document.body.append(element);
  });
  const parts = [];
  for (const path of ${JSON.stringify(READS)}) {
    parts.push(attempt('read ' + path, async () => seen(await (await fetch(base + path)).text())));
    if (!['/jmx', '/conf', '/'].includes(path)) continue;
    parts.push(attempt('xhr ' + path, () => new Promise((resolve) => {
      const xhr = new XMLHttpRequest();
      xhr.onloadend = () => resolve(seen(xhr.responseText));
      xhr.open('GET', base + path);
      xhr.send();
    })));
    parts.push(attempt('opaque ' + path, async () => (await fetch(base + path, { mode: 'no-cors' })) && base !== ''));
    parts.push(attempt('frame ' + path, () => new Promise((resolve) => {
      const frame = document.createElement('iframe');
      frame.onload = () => resolve(base === '' && seen(frame.contentDocument?.documentElement?.outerHTML ?? ''));
      frame.src = base + path;
      document.body.append(frame);
    })));
  }
  for (const [tag, name] of [['script', 'src'], ['link', 'href'], ['img', 'src']])
    parts.push(attempt(tag, () => load(tag, name, base + '/jmx')));
  for (const [method, path, body] of ${JSON.stringify(WRITES)}) {
    for (const [mode, type] of [['cors', 'application/json'], ['cors', 'text/plain'], ['no-cors', 'text/plain']]) {
      const init = { method, mode, headers: { 'content-type': type }, ...(body && { body }) };
      parts.push(attempt(method + ' ' + path, async () => (await fetch(base + path, init)).ok));
    }
    navigator.sendBeacon(base + path, body);
    for (const enctype of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data']) {
      const frame = document.createElement('iframe');
      frame.name = 'f' + Math.random();
      const form = Object.assign(document.createElement('form'), { method: 'POST', enctype, action: base + path, target: frame.name });
      const input = Object.assign(document.createElement('input'), { name: body.slice(0, -1) + ',"x":"', value: '"}' });
      form.append(input);
      document.body.append(frame, form);
      form.submit();
    }
  }
  for (const path of ['/jobs/job_1_0001/kill?user=x', '/fault/disk-full?method=PUT', '/jobs/new-id?_method=POST&user=evil'])
    parts.push(load('img', 'src', base + path));
  const events = new EventSource((base || location.origin) + '/events');
  parts.push(attempt('events', () => new Promise((resolve) => { events.onmessage = () => resolve(true); events.onerror = () => resolve(false); })));
  for (const path of ['/', '/jobs']) {
    const socket = new WebSocket((base || location.origin).replace('http', 'ws') + path);
    parts.push(attempt('socket', () => new Promise((resolve) => { socket.onopen = () => resolve(true); socket.onerror = () => resolve(false); })));
  }
  await Promise.all(parts);
  events.close();
  await new Promise((r) => setTimeout(r, 300));
  return [...new Set(done)];
})()`;

export interface Site {
  readonly name: string;
  readonly port: number;
}

/** Runs the attacks on the daemons and on a server without rules. Returns the number of attacks. @throws Error if one succeeds */
export async function attackBySites(chromium: Chromium, arena: Arena): Promise<number> {
  const planted = await PlantedServer.start();
  const attacker = await PlantedServer.start();
  try {
    const sites: Site[] = DAEMONS.map((name) => ({ name, port: arena.ports[name] }));
    const known = await factsOf(arena);
    let attacks = 0;
    for (const { name, port } of [{ name: 'planted', port: planted.port }, ...sites]) {
      for (const [what, run] of Object.entries(ATTACKS)) {
        const before = planted.changes;
        const done = await run(chromium, port, attacker.port);
        attacks++;
        if (name === 'planted') expectAll(what, done, planted.changes - before);
        else if (done.length > 0) throw new Error(`${what} of the ${name}: ${done.join(', ')}`);
      }
      if ((await factsOf(arena)) !== known) throw new Error(`a page of another site has changed something: ${name}`);
    }
    return attacks;
  } finally {
    await attacker.stop();
    await planted.stop();
  }
}

/** @throws Error if an attack fails on a server without rules */
function expectAll(what: string, done: readonly string[], changes: number): void {
  const wanted = WANTED[what] ?? [];
  const missing = wanted.filter((part) => !done.includes(part));
  if (missing.length > 0)
    throw new Error(`${what} does not succeed where nothing forbids it: ${missing}, only ${done}`);
  if (what !== 'frames' && changes < 20)
    throw new Error(`${what} changes nothing where nothing forbids it: ${changes}`);
}

const WANTED: Readonly<Record<string, readonly string[]>> = {
  rebinding: ['read /jmx', 'read /conf', 'xhr /jmx', 'frame /jmx', 'POST /jobs', 'PUT /fault/disk-full', 'events'],
  'another site': ['read /jmx', 'xhr /jmx', 'opaque /jmx', 'POST /jobs', 'PUT /fault/disk-full', 'events'],
  'another port of localhost': ['read /jmx', 'xhr /jmx', 'opaque /jmx', 'POST /jobs', 'PUT /fault/disk-full', 'events'],
  frames: ['/', '/jmx', '/conf'],
};

type Attack = (chromium: Chromium, port: number, attackerPort: number) => Promise<string[]>;

const ATTACKS: Readonly<Record<string, Attack>> = {
  rebinding: async (chromium, port) => {
    const page = await chromium.newPage();
    const url = `http://evil.example:${port}/attack`;
    await page.serve(url, '<!doctype html><title>evil</title><body>');
    await page.open(url);
    const done = await page.run<string[]>(script(''));
    await page.close();
    return done;
  },
  'another site': (chromium, port, attackerPort) => from(chromium, `http://evil.example:${attackerPort}/`, port),
  'another port of localhost': (chromium, port, attackerPort) =>
    from(chromium, `http://127.0.0.1:${attackerPort}/`, port),
  frames: async (chromium, port, attackerPort) => {
    const page = await chromium.newPage();
    await page.open(`http://evil.example:${attackerPort}/`);
    const done: string[] = [];
    for (const path of ['/', '/jmx', '/conf']) {
      const url = `http://127.0.0.1:${port}${path}`;
      await page.run(`new Promise((resolve) => {
        const frame = document.createElement('iframe');
        frame.onload = resolve;
        frame.src = ${JSON.stringify(url)};
        document.body.append(frame);
      })`);
      const { frameTree } = await page.send('Page.getFrameTree');
      // A frame that may not be shown has the address of the browser's own page for errors.
      if (JSON.stringify(frameTree).includes(`"url":"${url}"`)) done.push(path);
    }
    await page.close();
    return done;
  },
};

async function from(chromium: Chromium, url: string, port: number): Promise<string[]> {
  const page = await chromium.newPage();
  await page.open(url);
  const done = await page.run<string[]>(script(`http://127.0.0.1:${port}`));
  await page.close();
  return done;
}

/** Opens the daemons' own pages by each name of this machine. Returns their number. @throws Error for one that is not shown */
export async function openOwnPages(chromium: Chromium, arena: Arena): Promise<number> {
  const page = await chromium.newPage();
  const expected: readonly (readonly [path: string, text: RegExp])[] = [
    ['/', /NameNode|DataNode|JobTracker|"jobTracker"/],
    ['/jmx', /"beans"/],
    ['/conf', /dfs\.replication/],
  ];
  let pages = 0;
  for (const daemon of DAEMONS.filter((name) => name !== 'shuffle server')) {
    for (const host of ['localhost', '127.0.0.1', os.hostname()]) {
      for (const [path, text] of expected) {
        const url = `http://${host}:${arena.ports[daemon]}${path}`;
        const opened = await page.open(url);
        const shown = await page.run<string>('document.documentElement.textContent');
        if (!opened || !text.test(shown)) throw new Error(`${url} shows ${shown.slice(0, 300)}`);
        pages++;
      }
    }
  }
  await page.close();
  return pages;
}
