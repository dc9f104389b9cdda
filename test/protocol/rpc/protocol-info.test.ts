// ProtocolMetaInfoPB answers with the versions and fingerprints that Hadoop's servers give.
import { expect, test } from 'vitest';
import * as ClientDatanode from '../../../protocol/gen/client-datanode.ts';
import * as ClientNamenode from '../../../protocol/gen/client-namenode.ts';
import * as Datanode from '../../../protocol/gen/datanode.ts';
import * as UserMappings from '../../../protocol/gen/get-user-mappings.ts';
import * as InterDatanode from '../../../protocol/gen/inter-datanode.ts';
import * as Namenode from '../../../protocol/gen/namenode.ts';
import type { RpcCall } from '../../../protocol/rpc/handler.ts';
import { protocolInfoHandlers } from '../../../protocol/rpc/protocol-info.ts';

const call: RpcCall = { user: 'u', remoteAddress: '127.0.0.1', clientId: new Uint8Array(16), callId: 0, retryCount: 0 };
const PB = 'org.apache.hadoop.hdfs.protocolPB.ClientNamenodeProtocolPB';
const methods = new Map([['mkdirs', { method: ClientNamenode.mkdirs as never }]]);
const handlers = protocolInfoHandlers({
  protocol: (name) => (name === ClientNamenode.PROTOCOL ? { version: 1, methods } : undefined),
});

test('versions are given for the protobuf kind', async () => {
  expect(await handlers.getProtocolVersions?.({ protocol: PB }, call)).toEqual({
    protocolVersions: expect.arrayContaining([{ rpcKind: 'RPC_PROTOCOL_BUFFER', versions: [1] }]),
  });
});

test('a signature lists the methods that have a handler', async () => {
  const rpcKind = 'RPC_PROTOCOL_BUFFER';
  expect(await handlers.getProtocolSignature?.({ protocol: PB, rpcKind }, call)).toEqual({
    protocolSignature: [{ version: 1, methods: [ClientNamenode.mkdirs.fingerprint] }],
  });
  const other = 'org.apache.hadoop.hdfs.protocolPB.DatanodeProtocolPB';
  expect(await handlers.getProtocolSignature?.({ protocol: other, rpcKind }, call)).toEqual({ protocolSignature: [] });
  expect(() => handlers.getProtocolSignature?.({ protocol: 'a.B', rpcKind }, call)).toThrow(
    expect.objectContaining({ javaClass: 'java.lang.ClassNotFoundException', message: 'a.B' }),
  );
});

// A JVM client asks for a protocol by its interface, and falls back to the oldest version if the server does not know it.
test.each([ClientNamenode, Namenode, Datanode, ClientDatanode, InterDatanode, UserMappings])(
  'every protocol of our daemons is known by its interface: $PROTOCOL',
  async ({ PROTOCOL }) => {
    const asked: string[] = [];
    const server = protocolInfoHandlers({
      protocol: (name) => {
        asked.push(name);
        return { version: 1, methods };
      },
    });
    const simpleName = PROTOCOL.slice(PROTOCOL.lastIndexOf('.') + 1).replace(
      /^ClientProtocol$/,
      'ClientNamenodeProtocol',
    );
    const room = PROTOCOL === UserMappings.PROTOCOL ? 'org.apache.hadoop.tools' : 'org.apache.hadoop.hdfs';
    const protocol = `${room}.protocolPB.${simpleName}PB`;
    await server.getProtocolSignature?.({ protocol, rpcKind: 'RPC_PROTOCOL_BUFFER' }, call);
    expect(asked).toEqual([PROTOCOL]);
  },
);

// The numbers are the first in a Hadoop 3.4.2 NameNode's answer for ClientNamenodeProtocolPB, as signed integers.
test('fingerprints are those of Hadoop', () => {
  const known = [2243693519, 2346852301, 2371056855, 2378699156, 2414617897].map((n) => n | 0);
  const ours = Object.values(ClientNamenode).map((m) => (typeof m === 'string' ? 0 : m.fingerprint));
  expect(ours).toEqual(expect.arrayContaining(known));
});
