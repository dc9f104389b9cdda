// Drives a Chromium without a window by the DevTools protocol, over pipes: nothing listens for it.
import { type ChildProcess, spawn } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { errorCode } from '../../runtime/errors.ts';
import { sleep } from '../../runtime/promises.ts';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome'];
const ANSWER_MS_MAX = 30_000;
const LOAD_MS_MAX = 30_000;
const PROFILE_TRIES_MAX = 50;
const PROFILE_RETRY_MS = 100;

/** Without the browser's own walls between sites and networks: the daemons must not lean on them. */
const ARGUMENTS = [
  ...[
    '--headless=new',
    '--no-sandbox',
    '--disable-gpu',
    '--remote-debugging-pipe',
    '--no-first-run',
    '--no-proxy-server',
  ],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
  ...['--disable-site-isolation-trials', '--disable-popup-blocking', '--no-default-browser-check'],
  '--disable-features=IsolateOrigins,site-per-process,LocalNetworkAccessChecks,HttpsUpgrades,HttpsFirstBalancedMode',
];

/** Returns the browser's program; undefined if this machine has none. */
export function findChromium(): string | undefined {
  const directories = (process.env['PATH'] ?? '').split(path.delimiter);
  const files = directories.flatMap((directory) => NAMES.map((name) => path.join(directory, name)));
  return files.find((file) => fs.existsSync(file));
}

type Params = Readonly<Record<string, unknown>>;

interface Message {
  readonly id?: number;
  readonly method?: string;
  readonly params?: Params;
  readonly sessionId?: string;
  readonly result?: Params;
  readonly error?: { readonly message: string };
}

interface Waiter {
  readonly resolve: (result: Params) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout;
}

export class Chromium {
  readonly #child: ChildProcess;
  readonly #directory: string;
  readonly #waiters = new Map<number, Waiter>();
  readonly #listeners = new Set<(message: Message) => void>();
  #lastId = 0;
  #rest = '';

  private constructor(program: string, hosts: readonly string[]) {
    this.#directory = fs.mkdtempSync(path.join(os.tmpdir(), 'calf-chromium-'));
    const rules = hosts.map((host) => `MAP ${host} 127.0.0.1`).join(', ');
    const args = [...ARGUMENTS, `--user-data-dir=${this.#directory}`, `--host-resolver-rules=${rules}`, 'about:blank'];
    // A process group of its own: the browser's helper processes end with it.
    this.#child = spawn(program, args, { detached: true, stdio: ['ignore', 'ignore', 'ignore', 'pipe', 'pipe'] });
    const output = this.#child.stdio[4] as Readable;
    output.setEncoding('utf8').on('data', (text: string) => this.#take(text));
  }

  /** @param hosts names that the browser takes for this machine's; `*` stands for any text */
  static async start(program: string, hosts: readonly string[]): Promise<Chromium> {
    const chromium = new Chromium(program, hosts);
    await chromium.send('Browser.getVersion');
    return chromium;
  }

  send(method: string, params: Params = {}, sessionId?: string): Promise<Params> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const late = (): void => reject(new Error(`the browser does not answer ${method}`));
      this.#waiters.set(id, { resolve, reject, timer: setTimeout(late, ANSWER_MS_MAX) });
      const message = JSON.stringify({ id, method, params, ...(sessionId === undefined ? {} : { sessionId }) });
      (this.#child.stdio[3] as Writable).write(`${message}\0`);
    });
  }

  /** Calls `listener` for every event of a page. */
  listen(sessionId: string, listener: (method: string, params: Params) => void): void {
    this.#listeners.add((message) => {
      if (message.sessionId === sessionId && message.method) listener(message.method, message.params ?? {});
    });
  }

  async newPage(): Promise<Page> {
    const { targetId } = await this.send('Target.createTarget', { url: 'about:blank' });
    const { sessionId } = await this.send('Target.attachToTarget', { targetId, flatten: true });
    const page = new Page(this, String(sessionId), String(targetId));
    await page.send('Page.enable');
    await page.send('Network.enable');
    return page;
  }

  async stop(): Promise<void> {
    const ended = new Promise((resolve) => this.#child.once('exit', resolve));
    if (this.#child.pid !== undefined) process.kill(-this.#child.pid, 'SIGKILL');
    await ended;
    for (const { timer } of this.#waiters.values()) clearTimeout(timer);
    await this.#removeProfile();
  }

  /** Removes the browser's directory. A helper process may still write there for a moment. */
  async #removeProfile(): Promise<void> {
    for (let tries = 1; ; tries++) {
      try {
        fs.rmSync(this.#directory, { recursive: true, force: true });
        return;
      } catch (e) {
        if (errorCode(e) !== 'ENOTEMPTY' || tries === PROFILE_TRIES_MAX) throw e;
        await sleep(PROFILE_RETRY_MS);
      }
    }
  }

  #take(text: string): void {
    const messages = (this.#rest + text).split('\0');
    this.#rest = messages.pop() ?? '';
    for (const line of messages) {
      const message = JSON.parse(line) as Message;
      for (const listener of [...this.#listeners]) listener(message);
      const waiter = this.#waiters.get(message.id ?? -1);
      if (!waiter) continue;
      this.#waiters.delete(message.id ?? -1);
      clearTimeout(waiter.timer);
      if (message.error) waiter.reject(new Error(message.error.message));
      else waiter.resolve(message.result ?? {});
    }
  }
}

/** A tab. */
export class Page {
  readonly #chromium: Chromium;
  readonly #sessionId: string;
  readonly #targetId: string;

  constructor(chromium: Chromium, sessionId: string, targetId: string) {
    this.#chromium = chromium;
    this.#sessionId = sessionId;
    this.#targetId = targetId;
  }

  send(method: string, params: Params = {}): Promise<Params> {
    return this.#chromium.send(method, params, this.#sessionId);
  }

  /** Opens an address and waits until the page is loaded. Returns false for a page that can't be loaded. */
  async open(url: string): Promise<boolean> {
    const loaded = new Promise<void>((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`${url} does not load`)), LOAD_MS_MAX);
      this.#chromium.listen(this.#sessionId, (method) => {
        if (method !== 'Page.loadEventFired') return;
        clearTimeout(timer);
        resolve();
      });
    });
    const { errorText } = await this.send('Page.navigate', { url });
    await loaded;
    return errorText === undefined;
  }

  /** Has the browser take this HTML for the content of an address, as it would from a server that was there before. */
  async serve(url: string, html: string): Promise<void> {
    this.#chromium.listen(this.#sessionId, (method, { requestId }) => {
      if (method !== 'Fetch.requestPaused') return;
      const responseHeaders = [{ name: 'content-type', value: 'text/html' }];
      const body = Buffer.from(html).toString('base64');
      this.send('Fetch.fulfillRequest', { requestId, responseCode: 200, responseHeaders, body }).catch(() => undefined);
    });
    await this.send('Fetch.enable', { patterns: [{ urlPattern: url }] });
  }

  /** Runs a script in the page and returns the value of its last expression, which may be a promise. */
  async run<T>(expression: string): Promise<T> {
    const options = { awaitPromise: true, returnByValue: true, userGesture: true };
    const { result, exceptionDetails } = await this.send('Runtime.evaluate', { expression, ...options });
    if (exceptionDetails) throw new Error(JSON.stringify(exceptionDetails).slice(0, 1000));
    return (result as { value: T }).value;
  }

  async close(): Promise<void> {
    await this.#chromium.send('Target.closeTarget', { targetId: this.#targetId });
  }
}
