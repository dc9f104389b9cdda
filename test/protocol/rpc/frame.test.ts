// Frames of Hadoop RPC are compared with bytes that Hadoop sent.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import {
  HeartbeatRequestProto,
  IpcConnectionContextProto,
  MkdirsResponseProto,
  RequestHeaderProto,
  RpcRequestHeaderProto,
  RpcResponseHeaderProto,
  RpcSaslProto,
  SetSafeModeRequestProto,
  StorageBlockReportProto,
} from '../../../protocol/gen/messages.ts';
import {
  ClientFrameDecoder,
  encodeCall,
  encodeConnectionContext,
  encodeError,
  encodeOldVersionError,
  encodePing,
  encodePreamble,
  encodeRawResponse,
  encodeResponse,
  frameReader,
  RpcErrorCode,
  readDelimited,
  type ServerFrame,
  ServerFrameDecoder,
} from '../../../protocol/rpc/frame.ts';

const CLIENT_ID = Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex');

/** Feeds a decoder `step` bytes at a time and returns the frames that it finds. */
function feed<T>(decoder: { push(chunk: Buffer): void; next(): T | undefined }, bytes: Buffer, step: number): T[] {
  const out: T[] = [];
  for (let at = 0; at < bytes.length; at += step) {
    decoder.push(bytes.subarray(at, at + step));
    for (let next = decoder.next(); next !== undefined; next = decoder.next()) out.push(next);
  }
  return out;
}

function framesOf(bytes: Buffer, step: number): Buffer[] {
  return feed<ServerFrame>(new ServerFrameDecoder(), bytes, step).flatMap((f) => (f.kind === 'frame' ? [f.bytes] : []));
}

// The bytes were captured from `hdfs dfs -ls /` of Hadoop 3.4.2.
const JVM_CLIENT = Buffer.from(
  '687270630900000000005b210802100018052210a2be0b34c9f641fc89f417ea6aefa17d28013a050a03434c493812060a04726f6f741a2e' +
    '6f72672e6170616368652e6861646f6f702e686466732e70726f746f636f6c2e436c69656e7450726f746f636f6c000000662108021000' +
    '18002210a2be0b34c9f641fc89f417ea6aefa17d28003a050a03434c493f0a0b67657446696c65496e666f122e6f72672e617061636865' +
    '2e6861646f6f702e686466732e70726f746f636f6c2e436c69656e7450726f746f636f6c1801030a012f',
  'hex',
);

describe('what a JVM client sends', () => {
  test.each([1, 2, 7, 1000])('is decoded in chunks of %i bytes', (step) => {
    const [preamble, context, call, ...rest] = feed<ServerFrame>(new ServerFrameDecoder(), JVM_CLIENT, step);
    expect(preamble).toEqual({ kind: 'preamble', serviceClass: 0, authProtocol: 0 });
    if (context?.kind !== 'frame' || call?.kind !== 'frame') throw new Error('two frames expected');
    const contextReader = frameReader(context.bytes);
    expect(readDelimited(contextReader, RpcRequestHeaderProto)).toMatchObject({ callId: -3, rpcKind: 2, rpcOp: 0 });
    expect(readDelimited(contextReader, IpcConnectionContextProto)).toEqual({
      userInfo: { effectiveUser: 'root' },
      protocol: 'org.apache.hadoop.hdfs.protocol.ClientProtocol',
    });
    const reader = frameReader(call.bytes);
    expect(readDelimited(reader, RpcRequestHeaderProto)).toMatchObject({
      callId: 0,
      retryCount: 0,
      callerContext: { context: 'CLI' },
    });
    expect(readDelimited(reader, RequestHeaderProto)).toEqual({
      methodName: 'getFileInfo',
      declaringClassProtocolName: 'org.apache.hadoop.hdfs.protocol.ClientProtocol',
      clientProtocolVersion: 1,
    });
    expect(readDelimited(reader, ClientNamenode.getFileInfo.request)).toEqual({ src: '/' });
    expect(reader.pos).toBe(call.bytes.length);
    expect(rest).toEqual([]);
  });
});

describe('encoders', () => {
  test('write what a real NameNode answered (3.4.2: mkdirs, then an error of the same call)', () => {
    const call = { callId: 3, clientId: CLIENT_ID, retryCount: 0 };
    const response = encodeResponse(call, MkdirsResponseProto, { result: true });
    // Hadoop's answer, 0000001e1a0803100018093a10…4000020801, has the same fields.
    expect(response.toString('hex')).toBe('0000001e1a0803100018093a10000102030405060708090a0b0c0d0e0f4000020801');
    expect(encodeRawResponse(call, MkdirsResponseProto.encode({ result: true }))).toEqual(response);
  });

  test('write preamble, context and call as Hadoop reads them', () => {
    const masked = { perm: 0o755 };
    const sent = Buffer.concat([
      encodePreamble(),
      encodeConnectionContext(CLIENT_ID, { userInfo: { effectiveUser: 'root' }, protocol: ClientNamenode.PROTOCOL }),
      encodeCall({ callId: 3, clientId: CLIENT_ID, retryCount: 0, protocolVersion: 1 }, ClientNamenode.mkdirs, {
        src: '/tmp',
        masked,
        createParent: true,
      }),
    ]);
    // A real NameNode answered these bytes with the response of the test before.
    expect(sent.toString('hex')).toBe(
      '68727063090000000000541a0802100018052210000102030405060708090a0b0c0d0e0f28013812060a04726f6f741a2e6f72672e6170' +
        '616368652e6861646f6f702e686466732e70726f746f636f6c2e436c69656e7450726f746f636f6c000000641a08021000180622100001' +
        '02030405060708090a0b0c0d0e0f28003a0a066d6b64697273122e6f72672e6170616368652e6861646f6f702e686466732e70726f746f' +
        '636f6c2e436c69656e7450726f746f636f6c18010d0a042f746d70120308ed031801',
    );
  });

  test('write an error with Java class, message and code', () => {
    const call = { callId: -1, clientId: new Uint8Array(0), retryCount: -1 };
    const error = { javaClass: 'a.B', message: 'no', code: RpcErrorCode.FATAL_VERSION_MISMATCH };
    const reader = frameReader(encodeError(call, 'FATAL', error).subarray(4));
    expect(readDelimited(reader, RpcResponseHeaderProto)).toMatchObject({
      callId: 0xffffffff, // uint32 on the wire, -1 in Java
      status: 2,
      exceptionClassName: 'a.B',
      errorMsg: 'no',
      errorDetail: 14,
    });
  });

  test('refuse versions 3 to 8 in their own layout, byte for byte as Hadoop', () => {
    const message = 'Server IPC version 9 cannot communicate with client version 8';
    expect(encodeOldVersionError('org.apache.hadoop.ipc.RPC$VersionMismatch', message).toString('hex')).toBe(
      'ffffffffffffffff000000296f72672e6170616368652e6861646f6f702e6970632e5250432456657273696f6e4d69736d617463680000' +
        '003d536572766572204950432076657273696f6e20392063616e6e6f7420636f6d6d756e6963617465207769746820636c69656e742076' +
        '657273696f6e2038',
    );
  });
});

test('calls survive any chunking', () => {
  const call = fc.record({
    src: fc.string({ unit: 'binary' }),
    callId: fc.nat(),
    retryCount: fc.integer({ min: -1, max: 9 }),
  });
  fc.assert(
    fc.property(fc.array(call, { maxLength: 5 }), fc.integer({ min: 1, max: 50 }), (calls, step) => {
      const bytes = calls.map(({ src, callId, retryCount }) =>
        encodeCall({ callId, clientId: CLIENT_ID, retryCount, protocolVersion: 1 }, ClientNamenode.getFileInfo, {
          src,
        }),
      );
      const frames = framesOf(Buffer.concat([encodePreamble(), ...bytes]), step);
      const decoded = frames.map((frame) => {
        const reader = frameReader(frame);
        const { callId, retryCount } = readDelimited(reader, RpcRequestHeaderProto);
        readDelimited(reader, RequestHeaderProto);
        return { ...readDelimited(reader, ClientNamenode.getFileInfo.request), callId, retryCount };
      });
      expect(decoded).toEqual(calls);
    }),
  );
});

describe('what is no RPC version 9', () => {
  test.each([
    ['GET / HTTP/1.1\r\n', { kind: 'http' }],
    ['POST /x', { kind: 'http' }],
    ['hrpc\x08', { kind: 'version-mismatch', version: 8 }],
    ['hrpc\x0a', { kind: 'version-mismatch', version: 10 }],
    ['\x16\x03\x01\x02', { kind: 'not-rpc', firstBytes: Buffer.from([0x16, 3, 1, 2]) }],
  ])('%j', (bytes, expected) => {
    for (const step of [1, 2, 100]) {
      expect(feed<ServerFrame>(new ServerFrameDecoder(), Buffer.from(bytes, 'latin1').subarray(0, 5), step)[0]).toEqual(
        expected,
      );
    }
  });

  test('SASL is seen in the preamble', () => {
    const [preamble] = feed<ServerFrame>(new ServerFrameDecoder(), encodePreamble(-33, 2), 2);
    expect(preamble).toEqual({ kind: 'preamble', serviceClass: 2, authProtocol: -33 });
  });
});

describe('lengths', () => {
  test.each([1001, 0x7fffffff, -1])('%i is refused before its bytes come', (length) => {
    const header = Buffer.alloc(4);
    header.writeInt32BE(length);
    const server = new ServerFrameDecoder(1000);
    server.push(Buffer.concat([encodePreamble(), header]));
    server.next();
    expect(server.next()).toEqual({ kind: 'bad-length', lengthBytes: length });
    const client = new ClientFrameDecoder(1000);
    client.push(header);
    expect(client.next()).toEqual({ kind: 'bad-length', lengthBytes: length });
  });

  test('the limit itself is taken', () => {
    const client = new ClientFrameDecoder(3);
    client.push(Buffer.from([0, 0, 0, 3, 1, 2, 3]));
    expect(client.next()).toEqual({ kind: 'frame', bytes: Buffer.from([1, 2, 3]) });
    expect(client.next()).toBeUndefined();
  });

  test('a message may not reach over its frame', () => {
    const ping = encodePing(CLIENT_ID).subarray(4);
    expect(() => readDelimited(frameReader(ping.subarray(0, -1)), RpcRequestHeaderProto)).toThrow(RangeError);
    expect(() => readDelimited(frameReader(Buffer.alloc(0)), RpcSaslProto)).toThrow(RangeError);
  });
});

test('no bytes make a decoder throw or loop', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), fc.boolean(), (bytes, behindPreamble) => {
      const decoder = new ServerFrameDecoder(1000);
      decoder.push(Buffer.concat(behindPreamble ? [encodePreamble(), bytes] : [bytes]));
      for (let i = 0; i < 20; i++) {
        const next = decoder.next();
        if (next === undefined || (next.kind !== 'frame' && next.kind !== 'preamble')) return;
      }
    }),
  );
});

// A frame of ipc.maximum.data.length full of one-byte items would become an array that is too large for the process.
test.each([
  ['numbers', StorageBlockReportProto, Buffer.concat([Buffer.from('128080800a', 'hex'), Buffer.alloc(5 * 2 ** 22, 1)])],
  ['messages', HeartbeatRequestProto, Buffer.alloc(5 * 2 ** 20, Buffer.from('12020a00', 'hex'))],
])('too many repeated %s are refused before they fill the memory', (_what, type, bytes) => {
  expect(() => type.decode(bytes)).toThrow('A message has too many repeated fields');
});

// As proto2 does in Java: a field is absent if its value is not one of the enum's.
test('an unknown value of a required enum is a missing field, of an optional one its default', () => {
  expect(() => SetSafeModeRequestProto.decode(Buffer.from('0863', 'hex'))).toThrow('missing required fields');
  const header = RpcRequestHeaderProto.decode(Buffer.from('0809' + '1000' + '1801' + '2200', 'hex'));
  expect(header).toMatchObject({ rpcKind: undefined, rpcOp: 0, callId: -1 });
});
