// Slow clients and floods: a bystander is served, memory stays within bounds, and the connections end in the configured time.
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { DistributedFileSystem } from '../../client/distributed-file-system.ts';
import { Configuration } from '../../conf/configuration.ts';
import { makeSecret } from '../../runtime/http/cluster-secret.ts';
import { authorize } from '../../runtime/http/proof.ts';
import { DAEMONS } from './arena.ts';
import { ArenaProcess, type Facts } from './arena-process.ts';

const MIB = 1024 * 1024;
const RSS_GROWTH_MAX = 400 * MIB;
const STILL_MS_MAX = 2000;
const BYSTANDER_MS_MAX = 10_000;
/** runtime/http/http-server.ts: 10 s for the head of a request, looked at every 2 s; the rest is for a busy machine. */
const HEAD_END_MS_MAX = 25_000;
const FLOOD_MS = 1000;
const DRIP_MS = 500;

interface Flood {
  /** Connections to each daemon. */
  readonly connections: number;
  /** Returns what each connection sends at once. */
  readonly start: (facts: Facts) => string;
  /** Sent again and again; nothing if the attacker only waits. */
  readonly drip?: string;
  /** Whether the attacker takes the answers. */
  readonly reads: boolean;
  /** Whether the server must end the connections by itself, and in which time. */
  readonly endMsMax?: number;
}

const get = (path: string, ...headers: string[]): string =>
  [`GET ${path} HTTP/1.1`, 'host: localhost', ...headers].join('\r\n');

/** Returns the head of a signed request whose body does not come. */
function unfinished({ secretFile, ports }: Facts): string {
  const host = `localhost:${ports.JobTracker}`;
  const secret = makeSecret(new Configuration({ 'calf.http.secret.file': secretFile }));
  const proof = authorize(secret, { method: 'POST', host, target: '/jobs' }, 'x').header;
  const head = ['POST /jobs HTTP/1.1', `host: ${host}`, `authorization: ${proof}`, 'content-type: application/json'];
  return `${[...head, 'content-length: 1000000'].join('\r\n')}\r\n\r\n{`;
}

const FLOODS: Readonly<Record<string, Flood>> = {
  'heads that never end, a byte at a time': {
    connections: 200,
    start: () => `${get('/jmx')}\r\nx: `,
    drip: 'a',
    reads: true,
    endMsMax: HEAD_END_MS_MAX,
  },
  'bodies of strangers that never end': {
    connections: 300,
    start: () => `POST /jobs HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000000\r\n\r\n{`,
    reads: true,
    endMsMax: HEAD_END_MS_MAX,
  },
  'bodies of members that never end, a byte at a time': { connections: 300, start: unfinished, drip: ' ', reads: true },
  'heads of many headers': {
    connections: 200,
    start: () => `${get('/jmx', ...Array.from({ length: 3000 }, (_, i) => `h${i}: x`))}\r\n\r\n`,
    reads: true,
    endMsMax: HEAD_END_MS_MAX,
  },
  'heads of one long header': {
    connections: 200,
    start: () => `${get('/jmx', `x: ${'a'.repeat(200_000)}`)}\r\n\r\n`,
    reads: true,
    endMsMax: HEAD_END_MS_MAX,
  },
  'answers that nobody reads': { connections: 200, start: () => `${get('/conf')}\r\n\r\n`, reads: false },
  'thousands of requests at once, whose answers nobody reads': {
    // Reading them takes time, however little is done for each.
    connections: 4,
    start: () => `${get('/conf')}\r\n\r\n`.repeat(2000),
    reads: false,
  },
};

/** Runs every flood against all daemons at once. @throws Error that names the bound that did not hold */
export async function flood(say: (line: string) => void): Promise<void> {
  const arena = new ArenaProcess();
  try {
    const facts = await arena.facts;
    const bystander = new Bystander(facts);
    const { rss } = await arena.sample();
    for (const [name, one] of Object.entries(FLOODS)) {
      const crowd = new Crowd(one, facts);
      await crowd.gather();
      await Promise.all([sleep(FLOOD_MS), crowd.ended(), bystander.wholeRound()]);
      const after = await arena.sample();
      crowd.leave();
      const slowestMs = bystander.takeSlowest();
      const growth = after.rss - rss;
      const figures = [`${crowd.size} connections`, `bystander ${Math.round(slowestMs)} ms at most`];
      say(
        `${name}: ${[...figures, `loop ${Math.round(after.stillMs)} ms`, `memory +${Math.round(growth / MIB)} MiB`].join(', ')}`,
      );
      const broken = [
        ...after.harm,
        ...(growth > RSS_GROWTH_MAX ? [`memory has grown by ${Math.round(growth / MIB)} MiB`] : []),
        ...(after.stillMs > STILL_MS_MAX ? [`the event loop stood still for ${Math.round(after.stillMs)} ms`] : []),
        ...(slowestMs > BYSTANDER_MS_MAX ? [`a bystander waited for ${Math.round(slowestMs)} ms`] : []),
        ...(one.endMsMax !== undefined && crowd.open > 0 ? [`${crowd.open} connections are still open`] : []),
      ];
      if (broken.length > 0) throw new Error(`${name}: ${broken.join('; ')}`);
    }
    await bystander.stop();
  } finally {
    await arena.stop();
  }
}

/** The connections of one flood. */
class Crowd {
  readonly #flood: Flood;
  readonly #facts: Facts;
  readonly #sockets: net.Socket[] = [];
  #timer: NodeJS.Timeout | undefined;

  constructor(one: Flood, facts: Facts) {
    this.#flood = one;
    this.#facts = facts;
  }

  get size(): number {
    return this.#sockets.length;
  }

  /** Number of connections that the servers have not ended. */
  get open(): number {
    return this.#sockets.filter((socket) => !socket.closed).length;
  }

  async gather(): Promise<void> {
    const { connections, start, drip, reads } = this.#flood;
    for (let i = 0; i < connections; i++) {
      const connected = DAEMONS.map((daemon) => {
        const socket = net.connect(this.#facts.ports[daemon], '127.0.0.1');
        this.#sockets.push(socket.on('error', () => socket.destroy()));
        if (reads) socket.resume();
        else socket.pause();
        socket.write(start(this.#facts));
        return new Promise((resolve) => socket.once('connect', resolve).once('close', resolve));
      });
      await Promise.all(connected);
    }
    if (drip === undefined) return;
    this.#timer = setInterval(() => {
      for (const socket of this.#sockets) if (socket.writable) socket.write(drip);
    }, DRIP_MS);
  }

  /** Resolves when the servers have ended all connections, or after the time in which they must. */
  async ended(): Promise<void> {
    const untilMs = performance.now() + (this.#flood.endMsMax ?? 0);
    while (performance.now() < untilMs && this.open > 0) await sleep(50);
  }

  leave(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
  }
}

/** A client that uses every daemon as one should, one request after the other. */
class Bystander {
  readonly #facts: Facts;
  readonly #ended: Promise<void>;
  #slowestMs = 0;
  #rounds = 0;
  #isRunning = true;
  #failure: unknown;

  constructor(facts: Facts) {
    this.#facts = facts;
    this.#ended = this.#run().catch((e: unknown) => {
      this.#failure = e;
    });
  }

  /** Resolves when every daemon has served a round that began after this call, or after the time that a bystander may wait. */
  async wholeRound(): Promise<void> {
    const last = this.#rounds + 2;
    const untilMs = performance.now() + 2 * BYSTANDER_MS_MAX;
    while (this.#rounds < last && this.#failure === undefined && performance.now() < untilMs) await sleep(10);
    if (this.#rounds < last && this.#failure === undefined)
      this.#failure = new Error('a bystander is not served in time');
  }

  /** Returns the longest time of an operation since the last call, in ms. @throws the first failure */
  takeSlowest(): number {
    if (this.#failure !== undefined) throw this.#failure;
    const slowestMs = this.#slowestMs;
    this.#slowestMs = 0;
    return slowestMs;
  }

  async stop(): Promise<void> {
    this.#isRunning = false;
    await this.#ended;
    this.takeSlowest();
  }

  async #run(): Promise<void> {
    const { ports, uri } = this.#facts;
    for (; this.#isRunning; this.#rounds++) {
      for (const daemon of DAEMONS) {
        const page = daemon === 'shuffle server' ? '/mapOutput' : '/jmx';
        await this.#timed(`the ${daemon}`, async () => {
          const answer = await fetch(`http://127.0.0.1:${ports[daemon]}${page}`, { headers: { connection: 'close' } });
          if (answer.status >= 500) throw new Error(`status ${answer.status}`);
          await answer.arrayBuffer();
        });
      }
      await this.#timed('HDFS', async () => {
        await using fs = new DistributedFileSystem({ conf: new Configuration({ 'dfs.replication': '1' }), uri });
        await using out = await fs.create(`/bystander-${this.#rounds}`, { overwrite: true });
        await out.write(Buffer.from('bystander'));
      });
    }
  }

  async #timed(what: string, work: () => Promise<void>): Promise<void> {
    const beganMs = performance.now();
    try {
      await work();
    } catch (cause) {
      throw new Error(`a bystander is not served by ${what}`, { cause });
    }
    this.#slowestMs = Math.max(this.#slowestMs, performance.now() - beganMs);
  }
}
