// Lists the ports of running daemons that are fuzzed.
import { currentUser } from '../../conf/configuration.ts';
import { DATA_TRANSFER_VERSION } from '../../protocol/datatransfer/data-transfer.ts';
import { RequestHeaderProto, RpcRequestHeaderProto } from '../../protocol/gen/messages.ts';
import { ClientFrameDecoder, frameReader, ServerFrameDecoder } from '../../protocol/rpc/frame.ts';
import { checkHeader, decode, FatalError } from '../../protocol/rpc/server-checks.ts';
import type { Captures } from './decoder-targets.ts';
import { type AnyMethod, METHODS } from './message-types.ts';
import type { SeededRandom } from './random.ts';
import { callFrame, delimited, framed, handshake, OP_HEADERS, packetStream } from './samples.ts';
import type { Schema } from './schema-bytes.ts';

/** A port under attack: the first bytes of a connection, and the frames after them. */
export interface LiveTarget {
  readonly name: string;
  /** Weight of this target: its part of all frames is in proportion. */
  readonly share: number;
  readonly port: number;
  readonly framesPerConnection: number;
  opening(random: SeededRandom): Buffer;
  good(random: SeededRandom): Buffer;
  /** Returns whether the server goes on reading after this frame. */
  goesOn(frame: Buffer): boolean;
}

/** Ports of the servers. The sandbox is a NameNode for the attack only: there the attacker is the superuser. */
export interface LivePorts {
  readonly namenode: number;
  readonly datanodeIpc: number;
  readonly xceiver: number;
  readonly sandbox: number;
  readonly http: readonly number[];
}

/** User name of the attacker on servers that others use: this user may not change their files. */
export const ATTACKER = 'fuzz';

export function liveTargets(schema: Schema, captures: Captures, ports: LivePorts): LiveTarget[] {
  const recorded = captures.toRpcServer.flatMap(callsOf);
  // Without Kerberos any client may act as a DataNode and do harm with good calls: only the sandbox gets such calls.
  const asClient = recorded.filter((frame) => !frame.includes('DatanodeProtocol'));
  const rpc = (name: string, share: number, port: number, user: string, calls: Buffer[], methods: AnyMethod[]) => ({
    name,
    share,
    port,
    framesPerConnection: 16,
    opening: () => handshake(user),
    goesOn: isCall,
    good: (random: SeededRandom) => {
      if (calls.length > 0 && random.oneIn(2)) return random.pick(calls);
      const method = random.pick(methods);
      return callFrame(method, schema.bytesOf(method.request.name, random), random.below(1000));
    },
  });
  const { clientNamenode, clientDatanode, interDatanode, datanode, others } = METHODS;
  return [
    rpc('live NameNode RPC', 6, ports.namenode, ATTACKER, asClient, [...clientNamenode, ...others]),
    rpc('live DataNode RPC', 2, ports.datanodeIpc, ATTACKER, asClient, [
      ...clientDatanode,
      ...interDatanode,
      ...others,
    ]),
    rpc('live NameNode RPC as superuser and DataNode', 2, ports.sandbox, currentUser(), recorded, [
      ...clientNamenode,
      ...datanode,
      ...others,
    ]),
    {
      name: 'live data transfer',
      share: 2,
      port: ports.xceiver,
      framesPerConnection: 1,
      opening: () => Buffer.alloc(0),
      goesOn: () => false,
      good: (random) => {
        if (captures.toXceiver.length > 0 && random.oneIn(2)) return random.pick(captures.toXceiver);
        const [opcode, type] = random.pick(OP_HEADERS);
        const op = [opStart(opcode), delimited(schema.bytesOf(type.name, random))];
        return Buffer.concat(random.oneIn(2) ? op : [...op, ...packetStream(random)]);
      },
    },
    ...ports.http.map(
      (port, i): LiveTarget => ({
        name: `live HTTP ${i + 1}`,
        share: 0.1,
        port,
        framesPerConnection: 1,
        opening: () => Buffer.alloc(0),
        goesOn: () => false,
        good: (random) => Buffer.from(random.pick(HTTP_REQUESTS)),
      }),
    ),
  ];
}

const HTTP_REQUESTS = [
  '/',
  '/jmx?qry=Hadoop:service=NameNode,name=FSNamesystem',
  '/webhdfs/v1/user?op=LISTSTATUS&user.name=fuzz',
  '/webhdfs/v1/fuzz/x?op=CREATE&overwrite=true&user.name=fuzz',
  '/conf',
  '/mapOutput?map=attempt_1_0001_m_000000_0&reduce=0',
].flatMap((path) =>
  ['GET', 'PUT', 'POST'].map(
    (verb) => `${verb} ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`,
  ),
);

/** Returns whether the bytes are one whole frame with the header of a call. */
function isCall(frame: Buffer): boolean {
  const decoder = new ClientFrameDecoder();
  decoder.push(frame);
  const next = decoder.next();
  if (next?.kind !== 'frame' || decoder.firstBytes(1).length > 0) return false;
  try {
    const reader = frameReader(next.bytes);
    const header = decode(reader, RpcRequestHeaderProto);
    checkHeader(header);
    decode(reader, RequestHeaderProto);
    return header.callId >= 0;
  } catch (e) {
    if (e instanceof FatalError) return false;
    throw e;
  }
}

function opStart(opcode: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeInt16BE(DATA_TRANSFER_VERSION);
  bytes.writeInt8(opcode, 2);
  return bytes;
}

/** Returns the calls of a recorded connection, each with its length prefix, without the handshake. */
function callsOf(sent: Buffer): Buffer[] {
  const decoder = new ServerFrameDecoder();
  decoder.push(sent);
  const frames: Buffer[] = [];
  for (let next = decoder.next(); next !== undefined; next = decoder.next()) {
    if (next.kind === 'frame') frames.push(framed(next.bytes));
  }
  return frames.slice(1);
}
