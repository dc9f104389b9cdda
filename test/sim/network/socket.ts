// Stands in for the Socket of node:net, over the simulated network.
import { EventEmitter } from 'node:events';
import type { Machine, SimProcess } from '../world/process.ts';
import { Flight } from './flight.ts';

export interface SocketOptions {
  readonly allowHalfOpen?: boolean | undefined;
  readonly onread?: {
    readonly buffer: () => Uint8Array;
    readonly callback: (length: number, b: Uint8Array) => boolean;
  };
}

/** Limit of bytes that one side has sent and the other has not read; further bytes wait in the sender. */
const WINDOW_BYTES = 64 * 1024;
const HIGH_WATER_BYTES = 16 * 1024;

/** One end of a TCP connection with the interface of node:net's Socket. */
export class SimSocket extends EventEmitter {
  readonly process: SimProcess;
  readonly allowHalfOpen: boolean;
  readonly #onread: SocketOptions['onread'];
  #peer: SimSocket | undefined;
  #remotePort = 0;
  localPort = 0;
  destroyed = false;
  connecting = true;
  readableEnded = false;
  timeout = 0;
  #timer: { clear(): void } | undefined;
  #activeMs = 0;
  // ---- Sending
  #unsent: { bytes: Uint8Array; done: (() => void) | undefined }[] = [];
  writableLength = 0;
  #needsDrain = false;
  #isCorked = false;
  #endAsked = false;
  #finSent = false;
  #destroySoon = false;
  readonly #flight: Flight = new Flight(this);
  #inFlightBytes = 0;
  // ---- Receiving
  #received: Buffer[] = [];
  #receivedBytes = 0;
  #finReceived = false;
  #isPaused = false;
  #isFlowing: boolean;

  constructor(process: SimProcess, options: SocketOptions = {}) {
    super();
    this.process = process;
    this.allowHalfOpen = options.allowHalfOpen ?? false;
    this.#onread = options.onread;
    this.#isFlowing = options.onread !== undefined;
    process.world.network.sockets.add(this);
    const forget = process.onEnd(() => this.#vanish());
    this.once('close', forget);
    this.on('newListener', (name) => {
      if (name !== 'data' || this.#isFlowing) return;
      this.#isFlowing = true;
      this.#handOver();
    });
  }

  get #machine(): Machine {
    return this.process.machine;
  }

  get peer(): SimSocket | undefined {
    return this.#peer;
  }

  get remoteAddress(): string | undefined {
    return this.#peer?.process.machine.ip;
  }

  get remotePort(): number {
    return this.#remotePort;
  }

  get localAddress(): string {
    return this.#machine.ip;
  }

  join(client: SimSocket, port: number): void {
    this.#peer = client;
    client.#peer = this;
    this.localPort = port;
    client.#remotePort = port;
    this.#remotePort = client.localPort;
  }

  becomeConnected(): void {
    if (this.destroyed) return;
    this.connecting = false;
    this.#noteActivity();
    this.emit('connect');
    this.#send();
  }

  /** Emits an error and closes the socket, as an event of its process. */
  fail(code: string, message: string): void {
    this.destroy(Object.assign(new Error(message), { code }));
  }

  /** Cuts the connection; one end may learn of it later. @param drops whether bytes on their way are lost */
  cut(drops: boolean): void {
    const { random } = this.process.world;
    this.process.after(random.next(), () => this.fail('ECONNRESET', 'read ECONNRESET'));
    const peer = this.#peer;
    if (drops) this.#flight.drop();
    peer?.process.after(random.chance(0.5) ? random.next() : random.next() * 3000, () =>
      peer.fail('ECONNRESET', 'read ECONNRESET'),
    );
  }

  // ---- The interface of node:net

  setNoDelay(): this {
    return this;
  }

  setKeepAlive(): this {
    return this;
  }

  ref(): this {
    return this;
  }

  unref(): this {
    return this;
  }

  cork(): void {
    this.#isCorked = true;
  }

  uncork(): void {
    this.#isCorked = false;
    this.#send();
  }

  read(): null {
    return null;
  }

  pause(): this {
    this.#isPaused = true;
    return this;
  }

  resume(): this {
    this.#isPaused = false;
    this.#isFlowing = true;
    this.process.after(0, () => this.#handOver());
    return this;
  }

  isPaused(): boolean {
    return this.#isPaused;
  }

  setTimeout(timeoutMs: number): this {
    this.timeout = timeoutMs;
    this.#noteActivity();
    this.#timer?.clear();
    this.#timer = undefined;
    if (timeoutMs > 0) this.#watch(timeoutMs);
    return this;
  }

  #watch(delayMs: number): void {
    this.#timer = this.process.setTimeout(() => {
      if (this.destroyed || this.timeout === 0) return;
      const leftMs = this.#activeMs + this.timeout - this.process.monotonicMs();
      if (leftMs > 0) return this.#watch(leftMs);
      this.#noteActivity();
      this.#watch(this.timeout);
      this.emit('timeout');
    }, delayMs);
  }

  #noteActivity(): void {
    this.#activeMs = this.process.monotonicMs();
  }

  write(bytes: Uint8Array, done?: () => void): boolean {
    if (this.destroyed || this.#endAsked) {
      if (done !== undefined) this.process.after(0, done);
      return false;
    }
    this.#unsent.push({ bytes, done });
    this.writableLength += bytes.length;
    if (!this.#isCorked) this.#send();
    if (this.writableLength > 0) this.#needsDrain = true;
    return this.writableLength < HIGH_WATER_BYTES;
  }

  end(): this {
    this.#endAsked = true;
    this.#send();
    return this;
  }

  destroySoon(): void {
    this.#destroySoon = true;
    this.end();
    if (this.#finSent) this.destroy();
  }

  destroy(error?: Error): this {
    if (this.destroyed) return this;
    this.#close();
    const peer = this.#peer;
    if (peer !== undefined && !this.#finSent) this.#depart(Buffer.alloc(0), true);
    const dropped = this.#unsent.splice(0);
    this.writableLength = 0;
    this.process.after(0, () => {
      for (const { done } of dropped) done?.();
      if (error !== undefined && this.listenerCount('error') > 0) this.emit('error', error);
      this.emit('close', error !== undefined);
    });
    return this;
  }

  /** Handles the end of the process: its kernel closes the connection, unless the machine has lost its power. */
  #vanish(): void {
    if (this.destroyed) return;
    this.#close();
    if (!this.#machine.isPowered) {
      this.#flight.drop();
      return;
    }
    if (this.#peer !== undefined && !this.#finSent) this.#depart(Buffer.alloc(0), true);
  }

  #close(): void {
    this.destroyed = true;
    this.connecting = false;
    this.#timer?.clear();
    this.process.world.network.sockets.delete(this);
  }

  // ---- Sending

  #send(): void {
    if (this.connecting || this.#peer === undefined || this.#isCorked || this.destroyed) return;
    while (this.#unsent.length > 0 && this.#inFlightBytes < WINDOW_BYTES) {
      const next = this.#unsent.shift() as { bytes: Uint8Array; done: (() => void) | undefined };
      const room = WINDOW_BYTES - this.#inFlightBytes;
      const part = next.bytes.subarray(0, room);
      this.writableLength -= part.length;
      this.#depart(Buffer.from(part), false);
      if (part.length < next.bytes.length) {
        this.#unsent.unshift({ bytes: next.bytes.subarray(part.length), done: next.done });
      } else if (next.done !== undefined) this.process.after(0, next.done);
    }
    if (this.#unsent.length > 0) return;
    if (this.#needsDrain) {
      this.#needsDrain = false;
      this.process.after(0, () => !this.destroyed && this.emit('drain'));
    }
    if (!this.#endAsked || this.#finSent) return;
    this.#finSent = true;
    this.#depart(Buffer.alloc(0), true);
    if (this.#destroySoon || (this.readableEnded && !this.destroyed)) this.destroy();
  }

  /** Sends a segment. */
  #depart(bytes: Buffer, isFin: boolean): void {
    if (!isFin) this.process.world.network.onSent?.(this, bytes);
    if (isFin) this.#finSent = true;
    this.#inFlightBytes += bytes.length;
    this.#noteActivity();
    this.#flight.depart(bytes, isFin);
  }

  // ---- Receiving

  /** Takes a segment that has arrived. */
  take(bytes: Buffer, isFin: boolean): void {
    if (bytes.length > 0) this.#received.push(bytes);
    this.#receivedBytes += bytes.length;
    if (isFin) this.#finReceived = true;
    this.process.after(0, () => this.#handOver());
  }

  /** Passes the bytes that have arrived to the program. */
  #handOver(): void {
    while (!this.destroyed && !this.#isPaused && this.#isFlowing && this.#received.length > 0) {
      const bytes = this.#received.length === 1 ? (this.#received[0] as Buffer) : Buffer.concat(this.#received);
      this.#received = [];
      this.#noteActivity();
      const taken = this.#onread === undefined ? bytes.length : this.#giveOnread(this.#onread, bytes);
      if (taken < bytes.length) this.#received.unshift(bytes.subarray(taken));
      this.#receivedBytes -= taken;
      this.#peer?.windowOpens(taken);
      if (this.#onread === undefined) this.emit('data', bytes);
    }
    if (!this.#finReceived || this.readableEnded || this.destroyed || this.#received.length > 0) return;
    if (this.#isPaused || !this.#isFlowing) return;
    this.readableEnded = true;
    this.emit('end');
    if (!this.allowHalfOpen) this.end();
    if (this.#finSent && !this.destroyed) this.destroy();
  }

  #giveOnread(onread: NonNullable<SocketOptions['onread']>, bytes: Buffer): number {
    const room = onread.buffer();
    const part = bytes.subarray(0, room.length);
    room.set(part);
    if (!onread.callback(part.length, room)) this.#isPaused = true;
    return part.length;
  }

  windowOpens(bytes: number): void {
    this.#inFlightBytes -= bytes;
    if (!this.destroyed && this.#unsent.length > 0) this.process.after(0, () => this.#send());
  }
}
