// A proxy in front of the NameNode that repeats and delays calls and drops answers.
import { once } from 'node:events';
import net from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { RequestHeaderProto, RpcRequestHeaderProto, RpcResponseHeaderProto } from '../../protocol/gen/messages.ts';
import {
  CallId,
  ClientFrameDecoder,
  encodePreamble,
  frameReader,
  RpcStatus,
  readDelimited,
  ServerFrameDecoder,
} from '../../protocol/rpc/frame.ts';
import type { SimRandom } from '../sim/world/random.ts';
import type { Ledger } from './ledger.ts';

/** Calls of the load that must run once even if they arrive again (@AtMostOnce in Hadoop's ClientProtocol). */
const AT_MOST_ONCE = new Set(['create', 'append', 'rename', 'rename2', 'delete', 'updatePipeline']);
const CHANCES = { atOnce: 0.1, late: 0.2, answerLost: 0.04 };
/** Delay of a late copy: long enough that a restarted NameNode may receive it. */
const LATE_MS = { min: 50, max: 6000 };
const COPY_LIMIT_MS = 15_000;

export interface RepeatingProxyOptions {
  readonly target: { readonly host: string; readonly port: number };
  readonly random: SimRandom;
  readonly ledger: Ledger;
  /** Once aborted, no call is repeated and no answer dropped. */
  readonly stopping: AbortSignal;
}

/** A call that was sent to the NameNode. */
interface Call {
  readonly name: string;
  /** Whole frame of the call. */
  readonly bytes: Buffer;
}
interface Answer {
  readonly callId: number;
  readonly succeeded: boolean;
  /** Bytes after the header; for an error, the class and message. */
  readonly body: Buffer;
}

/**
 * Acts as a network that delivers bytes of a dead connection late. Copies of calls that must not run twice arrive once
 * more, at once or seconds later, each on a connection of its own. Some answers are dropped, so that the client sends
 * its call again. The copy of an answered call must get the same answer.
 */
export class RepeatingProxy {
  readonly counts = { 'repeat-call': 0, 'repeat-call-late': 0, 'lose-answer': 0 };
  readonly #o: RepeatingProxyOptions;
  readonly #server = net.createServer((client) => this.#serve(client));
  readonly #sockets = new Set<net.Socket>();
  readonly #copies = new Set<Promise<void>>();

  constructor(options: RepeatingProxyOptions) {
    this.#o = options;
  }

  /** Begins to listen on a free port of 127.0.0.1. @returns the port */
  async listen(): Promise<number> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
    return (this.#server.address() as net.AddressInfo).port;
  }

  /** Resolves when no copy is under way. */
  async idle(): Promise<void> {
    await Promise.all(this.#copies);
  }

  async close(): Promise<void> {
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await this.idle();
  }

  #track(socket: net.Socket): net.Socket {
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    // An error closes the socket, so that the other end sees the end of the connection.
    socket.on('error', () => socket.destroy());
    return socket;
  }

  #serve(client: net.Socket): void {
    const { target } = this.#o;
    const namenode = this.#track(net.connect(target));
    this.#track(client);
    const calls = new Map<number, Call>();
    const requests = new ServerFrameDecoder();
    const answers = new ClientFrameDecoder();
    let context = Buffer.alloc(0);
    client.on('data', (chunk) => {
      namenode.write(chunk);
      requests.push(chunk);
      for (let next = requests.next(); next !== undefined; next = requests.next()) {
        if (next.kind !== 'frame') continue;
        const { callId, name } = describeRequest(next.bytes);
        if (callId === CallId.CONNECTION_CONTEXT) context = Buffer.from(next.bytes);
        if (!AT_MOST_ONCE.has(name) || this.#o.stopping.aborted) continue;
        const call = { name, bytes: Buffer.from(next.bytes) };
        calls.set(callId, call);
        this.#suffer(client, context, call);
      }
    });
    namenode.on('data', (chunk) => {
      if (!client.destroyed) client.write(chunk);
      answers.push(chunk);
      for (let next = answers.next(); next?.kind === 'frame'; next = answers.next()) {
        const answer = readAnswer(next.bytes);
        const call = calls.get(answer.callId);
        calls.delete(answer.callId);
        if (call && answer.succeeded) this.#maybeRepeatLate(context, call, answer);
      }
    });
    client.once('end', () => namenode.end());
    namenode.once('close', () => client.destroy());
    client.once('close', () => namenode.end());
  }

  #suffer(client: net.Socket, context: Buffer, call: Call): void {
    const { random } = this.#o;
    if (random.chance(CHANCES.atOnce)) {
      this.counts['repeat-call']++;
      this.#copy(context, call, undefined, 0);
    }
    if (random.chance(CHANCES.answerLost)) {
      this.counts['lose-answer']++;
      client.destroy();
    }
  }

  #maybeRepeatLate(context: Buffer, call: Call, answer: Answer): void {
    const { random, stopping } = this.#o;
    if (stopping.aborted || !random.chance(CHANCES.late)) return;
    this.counts['repeat-call-late']++;
    this.#copy(context, call, answer, random.between(LATE_MS.min, LATE_MS.max));
  }

  #copy(context: Buffer, call: Call, expected: Answer | undefined, delayMs: number): void {
    const running = this.#sendCopy(context, call, expected, delayMs).finally(() => this.#copies.delete(running));
    this.#copies.add(running);
  }

  async #sendCopy(context: Buffer, call: Call, expected: Answer | undefined, delayMs: number): Promise<void> {
    const { target, ledger } = this.#o;
    await sleep(delayMs);
    const answer = await askOnce(this.#track(net.connect(target)), [context, call.bytes]);
    if (answer === undefined) return ledger.count('copies of calls without an answer');
    if (expected === undefined) return;
    ledger.count('copies of calls answered');
    if (answer.succeeded && answer.body.equals(expected.body)) return;
    const said = answer.succeeded ? answer.body.toString('hex') : answer.body.toString();
    ledger.violate('the retry cache', `a ${call.name} that came again was answered otherwise: ${said}`);
  }
}

/** Sends frames on a new connection. @returns the first answer; undefined if none comes, as from a dead NameNode */
async function askOnce(socket: net.Socket, frames: readonly Buffer[]): Promise<Answer | undefined> {
  const answers = new ClientFrameDecoder();
  socket.write(encodePreamble());
  for (const frame of frames) socket.write(withLength(frame));
  socket.setTimeout(COPY_LIMIT_MS, () => socket.destroy());
  const answer = await new Promise<Answer | undefined>((resolve) => {
    socket.once('close', () => resolve(undefined));
    socket.on('data', (chunk) => {
      answers.push(chunk);
      const next = answers.next();
      if (next?.kind === 'frame') resolve(readAnswer(next.bytes));
    });
  });
  socket.destroy();
  return answer;
}

function withLength(frame: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(frame.length);
  return Buffer.concat([length, frame]);
}

function describeRequest(bytes: Buffer): { callId: number; name: string } {
  const reader = frameReader(bytes);
  const { callId } = readDelimited(reader, RpcRequestHeaderProto);
  return { callId, name: callId < 0 ? '' : readDelimited(reader, RequestHeaderProto).methodName };
}

function readAnswer(bytes: Buffer): Answer {
  const reader = frameReader(bytes);
  const { callId, status, exceptionClassName, errorMsg } = readDelimited(reader, RpcResponseHeaderProto);
  const succeeded = status === RpcStatus.SUCCESS;
  const body = succeeded ? bytes.subarray(reader.pos) : Buffer.from(`${exceptionClassName}: ${errorMsg}`);
  return { callId, succeeded, body: Buffer.from(body) };
}
